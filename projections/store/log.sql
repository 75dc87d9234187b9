-- The log's own tables: what happened (event), what was answered (receipt), what is unique (claim).
-- Nobody writes them but gongwu.append(); what is in event and receipt is never changed or removed.

CREATE TABLE gongwu.event (
    position    bigint      NOT NULL PRIMARY KEY CHECK (position > 0),
    stream      uuid        NOT NULL,
    version     integer     NOT NULL CHECK (version > 0),
    topic       text        NOT NULL CHECK (octet_length(topic) BETWEEN 1 AND 100),
    body        bytea       NOT NULL CHECK (octet_length(body) <= 65536),
    meta        bytea       NOT NULL CHECK (octet_length(meta) <= 65536),
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (stream, version)
);

COMMENT ON TABLE gongwu.event IS 'Every fact, in the order the log took it; body and meta are the exact bytes of a JSON document.';

-- A receipt is one decided command. Its events, if any, are those from first to position.
CREATE TABLE gongwu.receipt (
    account     uuid        NOT NULL,
    command_id  uuid        NOT NULL,
    input_hash  bytea       NOT NULL CHECK (octet_length(input_hash) <= 64),
    refused     boolean     NOT NULL,
    first       bigint      NOT NULL,
    position    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    answer      bytea       NOT NULL CHECK (octet_length(answer) <= 1048576),
    PRIMARY KEY (account, command_id)
);

COMMENT ON TABLE gongwu.receipt IS 'The first and only outcome of each command, given again to whoever repeats it.';

CREATE TABLE gongwu.claim (
    kind  text NOT NULL CHECK (length(kind) <= 100),
    key   text NOT NULL CHECK (length(key) <= 400),
    owner uuid NOT NULL,
    PRIMARY KEY (kind, key)
);

COMMENT ON TABLE gongwu.claim IS 'Who holds a key that only one may hold, such as a card number within its issuer.';

-- Not even the owner rewrites history by accident: rights stop the server, this stops a slip of the hand.
CREATE FUNCTION gongwu.refuse_rewriting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'gongwu.% only grows: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON gongwu.event
    FOR EACH STATEMENT EXECUTE FUNCTION gongwu.refuse_rewriting();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON gongwu.receipt
    FOR EACH STATEMENT EXECUTE FUNCTION gongwu.refuse_rewriting();

-- For auditors with psql and nothing else.
CREATE VIEW gongwu.events AS
    SELECT position, stream, version, topic,
           convert_from(body, 'UTF8')::jsonb AS body,
           convert_from(meta, 'UTF8')::jsonb AS meta,
           occurred_at, recorded_at
    FROM gongwu.event;

-- The log under the names the eventsourcing library reads it by.
CREATE VIEW gongwu.stored_events AS
    SELECT stream AS originator_id, version::bigint AS originator_version, topic,
           body AS state, position AS notification_id
    FROM gongwu.event;
