ALTER TYPE mood ADD VALUE 'bored' BEFORE 'sad';
CREATE TYPE size AS ENUM ('small');
ALTER TYPE size ADD VALUE 'large';
