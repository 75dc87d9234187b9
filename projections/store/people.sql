-- Registers name people; whose register names somebody so is how the same person is found again.

ALTER TABLE directory.person ADD COLUMN known_to uuid;
CREATE UNIQUE INDEX person_known_to ON directory.person (known_to, name) WHERE known_to IS NOT NULL;
