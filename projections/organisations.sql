-- Who is there: bodies with their relations, who reads for whom, places, accounts and what they may do.

CREATE TABLE body (
    id          uuid        NOT NULL,
    version     integer     NOT NULL,
    name        text        NOT NULL,
    kind        text        NOT NULL,
    level       text        NOT NULL,
    region      text COLLATE "C"        NOT NULL,
    code        text COLLATE "C"        NOT NULL,
    parent      uuid,
    accountable uuid        NOT NULL,
    until       timestamptz,
    ended       timestamptz,             -- in liquidation from then on
    successors  uuid[]      NOT NULL,
    closed      boolean     NOT NULL,
    phone       text        NOT NULL,    -- how it is reached by finders; empty: its nearest superior's
    address     text        NOT NULL,
    note        text        NOT NULL
);

-- One row per change; `other` null: the relation ended.
CREATE TABLE relation (
    body  uuid        NOT NULL,
    n     integer     NOT NULL,
    kind  text        NOT NULL,
    other uuid,
    since timestamptz NOT NULL
);

CREATE TABLE body_name (
    body  uuid        NOT NULL,
    n     integer     NOT NULL,
    name  text        NOT NULL,
    since timestamptz NOT NULL
);

CREATE TABLE place (
    id        uuid    NOT NULL,
    version   integer NOT NULL,
    name      text    NOT NULL,
    kind      text    NOT NULL,
    code      text COLLATE "C"    NOT NULL,
    warehouse uuid    NOT NULL,
    operator  uuid    NOT NULL,
    owner     uuid    NOT NULL,
    time_zone text    NOT NULL,
    parent    uuid,
    in_use    boolean NOT NULL,
    closed    boolean NOT NULL
);

CREATE TABLE account (
    id      uuid    NOT NULL,
    version integer NOT NULL,
    person  uuid,
    body    uuid,
    closed  boolean NOT NULL
);

CREATE TABLE role (
    account uuid NOT NULL,
    role    text NOT NULL,
    scope   uuid NOT NULL
);

-- Who reads for whom: a body for itself, its divisions and those it supervises, and so on down.
CREATE TABLE reach (
    ancestor uuid NOT NULL,
    body     uuid NOT NULL
);

-- After loading:

ALTER TABLE body ADD PRIMARY KEY (id);
CREATE INDEX body_name_order ON body (name, id);
CREATE INDEX body_region ON body (region text_pattern_ops);
CREATE INDEX body_parent ON body (parent) WHERE parent IS NOT NULL;
ALTER TABLE relation ADD PRIMARY KEY (body, n);
CREATE INDEX relation_other ON relation (other);
ALTER TABLE body_name ADD PRIMARY KEY (body, n);
ALTER TABLE place ADD PRIMARY KEY (id);
CREATE INDEX place_code ON place (code, id);
CREATE INDEX place_warehouse ON place (warehouse);
CREATE INDEX place_operator ON place (operator);
ALTER TABLE account ADD PRIMARY KEY (id);
CREATE INDEX account_body ON account (body);
ALTER TABLE role ADD PRIMARY KEY (account, role, scope);
ALTER TABLE reach ADD PRIMARY KEY (ancestor, body);
CREATE INDEX reach_body ON reach (body);
