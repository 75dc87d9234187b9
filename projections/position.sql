-- How far each projection has come in the log, and whether it stopped.

CREATE SCHEMA IF NOT EXISTS projection;

CREATE TABLE IF NOT EXISTS projection.position (
    name       text   PRIMARY KEY,       -- the schema: `register`, or `register_next` while it is being rebuilt
    version    int    NOT NULL,
    position   bigint NOT NULL,
    digest     bytea  NOT NULL CHECK (octet_length(digest) = 16),
    stopped_at timestamptz,
    stopped_on bigint,                   -- the fact it could not digest
    error      text,
    CHECK (num_nonnulls(stopped_at, stopped_on, error) IN (0, 3))
);
