-- What must be able to forget lives outside the log: names of people, and secrets of accounts.

CREATE SCHEMA directory;

-- Events name people by id only. To forget someone is to blank the row and set forgotten_at.
CREATE TABLE directory.person (
    id           uuid PRIMARY KEY,
    name         text CHECK (length(name) <= 200),
    phone        text CHECK (length(phone) <= 50),
    email        text CHECK (length(email) <= 254),
    forgotten_at timestamptz,
    CHECK (forgotten_at IS NULL OR num_nonnulls(name, phone, email) = 0)
);

-- A token is shown once as <id>.<secret>; only the secret's SHA-256 stays here.
CREATE TABLE directory.token (
    id         text        PRIMARY KEY CHECK (length(id) BETWEEN 4 AND 40),
    secret     bytea       NOT NULL CHECK (octet_length(secret) = 32),
    account    uuid        NOT NULL,
    label      text        NOT NULL DEFAULT '' CHECK (length(label) <= 200),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX token_account ON directory.token (account);
