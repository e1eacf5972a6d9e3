ALTER VIEW one RENAME TO first;
ALTER VIEW first RENAME TO one;
ALTER TYPE mood RENAME VALUE 'glad' TO 'happy';
ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';
ALTER TABLE notes RENAME CONSTRAINT positive TO above_zero;
ALTER TABLE notes RENAME CONSTRAINT above_zero TO positive;
