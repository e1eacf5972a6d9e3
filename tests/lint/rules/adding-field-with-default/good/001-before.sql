CREATE TABLE users (id bigint PRIMARY KEY);
CREATE FUNCTION version_of(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE SCHEMA app;
CREATE FUNCTION app.tenant() RETURNS text STABLE LANGUAGE sql AS 'SELECT current_setting(''app.tenant'', true)';
