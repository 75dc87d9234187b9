-- What is there, whose is it, where is it: today, and at any moment as known at any moment.
-- `state` and `card` keep everything; `current` is the newest row of each asset with all a list shows.

CREATE TABLE card (
    asset            uuid    NOT NULL,
    card             bigint  NOT NULL,   -- from the content: the same words are the same card
    name             text    NOT NULL,
    model            text    NOT NULL,
    serial           text    NOT NULL,
    kind             text    NOT NULL,
    unit             text    NOT NULL,
    class_scheme     text,
    class_edition    text,
    class_code       text,
    class_unverified boolean NOT NULL,
    original         numeric,
    accumulated      numeric,
    net              numeric,
    currency         text,
    value_type       text,
    funding          json,
    not_fixed_asset  boolean NOT NULL,
    acquired         text    NOT NULL,
    place_said       text    NOT NULL,
    use_said         text    NOT NULL,
    remark           text    NOT NULL,
    missing          text[]  NOT NULL,
    source_file      text,
    source_row       integer,
    giver            uuid
);

-- Known from one log position on (until another), true from one moment on (until another).
-- `ended_known`: the position since which `true_to` is known; before it the row had no end.
-- A row counts at (T, K) when
--   known_from <= K AND (known_to IS NULL OR known_to > K)
--   AND true_from <= T AND (true_to IS NULL OR true_to > T OR ended_known > K)
CREATE TABLE state (
    asset           uuid        NOT NULL,
    known_from      bigint      NOT NULL,
    true_from       timestamptz NOT NULL,
    version         integer     NOT NULL,
    number          text COLLATE "C"        NOT NULL,
    existence       text        NOT NULL,
    quantity        integer     NOT NULL,
    holder          uuid        NOT NULL,
    custody_kind    text        NOT NULL,
    custody_body    uuid        NOT NULL,
    custody_person  uuid,
    custody_paper   uuid,
    place           uuid,
    condition       text        NOT NULL,
    title           text        NOT NULL,
    flags           text[]      NOT NULL,
    listing         uuid,
    listed_loan     boolean     NOT NULL,
    listed_transfer boolean     NOT NULL,
    listed_until    timestamptz,
    listed_in_place boolean     NOT NULL,
    listed_since    timestamptz,
    confirm_by      timestamptz,
    usable          integer     NOT NULL,
    reserved        integer     NOT NULL,
    lent            integer     NOT NULL,
    lent_since      timestamptz,
    due             timestamptz,
    in_inspection   boolean     NOT NULL,
    repair          uuid,
    transfer        uuid,
    disposal        uuid,
    cases           text[]      NOT NULL,
    merged_into     uuid,
    late            boolean     NOT NULL,
    claims          json,
    card            bigint      NOT NULL,
    true_to         timestamptz,
    ended_known     bigint,
    known_to        bigint
) WITH (fillfactor = 80);

CREATE TABLE current (
    asset            uuid        NOT NULL,
    number           text COLLATE "C"        NOT NULL,
    version          integer     NOT NULL,
    updated          bigint      NOT NULL,   -- position of the fact that made this row
    since            timestamptz NOT NULL,   -- when that came true
    name             text        NOT NULL,
    model            text        NOT NULL,
    serial           text        NOT NULL,
    kind             text        NOT NULL,
    unit             text        NOT NULL,
    class_scheme     text,
    class_edition    text,
    class_code       text,
    class_unverified boolean     NOT NULL,
    original         numeric,
    accumulated      numeric,
    net              numeric,
    currency         text,
    value_type       text,
    funding          json,
    not_fixed_asset  boolean     NOT NULL,
    acquired         text        NOT NULL,
    place_said       text        NOT NULL,
    use_said         text        NOT NULL,
    remark           text        NOT NULL,
    missing          text[]      NOT NULL,
    source_file      text,
    source_row       integer,
    giver            uuid,
    existence        text        NOT NULL,
    quantity         integer     NOT NULL,
    holder           uuid        NOT NULL,
    custody_kind     text        NOT NULL,
    custody_body     uuid        NOT NULL,
    custody_person   uuid,
    custody_paper    uuid,
    place            uuid,
    condition        text        NOT NULL,
    title            text        NOT NULL,
    flags            text[]      NOT NULL,
    listing          uuid,
    listed_loan      boolean     NOT NULL,
    listed_transfer  boolean     NOT NULL,
    listed_until     timestamptz,
    listed_in_place  boolean     NOT NULL,
    listed_since     timestamptz,
    confirm_by       timestamptz,
    usable           integer     NOT NULL,
    reserved         integer     NOT NULL,
    lent             integer     NOT NULL,
    lent_since       timestamptz,
    due              timestamptz,
    in_inspection    boolean     NOT NULL,
    repair           uuid,
    transfer         uuid,
    disposal         uuid,
    cases            text[]      NOT NULL,
    merged_into      uuid,
    late             boolean     NOT NULL,
    claims           json
) WITH (fillfactor = 80);

-- After loading:

ALTER TABLE card ADD PRIMARY KEY (asset, card);
ALTER TABLE state ADD PRIMARY KEY (asset, true_from, known_from);
-- Searched here and not in `current`: cards never change, so this index costs a movement nothing.
CREATE INDEX card_name ON card USING gin (name public.gin_trgm_ops);
CREATE INDEX state_holder ON state (holder, number, asset);
CREATE INDEX state_custody ON state (custody_body, number, asset) WHERE custody_body <> holder;
CREATE INDEX state_away ON state (place, number, asset) WHERE custody_kind IN ('out', 'transit');
CREATE INDEX state_listed ON state (number, asset) WHERE listing IS NOT NULL;
ALTER TABLE current ADD PRIMARY KEY (asset);
CREATE INDEX current_number ON current (number, asset);
CREATE INDEX current_holder ON current (holder, number, asset);
CREATE INDEX current_custody ON current (custody_body, number, asset) WHERE custody_body <> holder;
CREATE INDEX current_away ON current (place, number, asset) WHERE custody_kind IN ('out', 'transit');
CREATE INDEX current_listed ON current (number, asset) WHERE listing IS NOT NULL;
CREATE INDEX current_place ON current (place, number, asset) WHERE place IS NOT NULL;
CREATE INDEX current_class ON current (class_code text_pattern_ops, number, asset);
CREATE INDEX current_due ON current (due, asset) WHERE due IS NOT NULL;
