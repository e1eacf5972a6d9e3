DROP TRIGGER touched ON orders;
DROP FUNCTION touch();
