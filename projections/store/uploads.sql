-- Who handed in which photo or paper: it reads it before anything refers to it. The file itself knows nothing but its bytes.

CREATE TABLE directory.upload (
    sha256  text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    account uuid        NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sha256, account)
);
