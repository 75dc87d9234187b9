-- What happened: one row per fact. What it says is read from the log by position; `bodies` are those it concerned, who may read it.

CREATE TABLE event (
    position bigint      NOT NULL,
    thing    uuid        NOT NULL,
    kind     text        NOT NULL,
    topic    text        NOT NULL,
    version  integer     NOT NULL,
    occurred timestamptz NOT NULL,
    recorded timestamptz NOT NULL,
    late     boolean     NOT NULL,   -- something later had already been recorded
    person   uuid        NOT NULL,
    account  uuid        NOT NULL,
    office   uuid        NOT NULL,
    bodies   uuid[]      NOT NULL
);

-- The same by body, so that a body's own feed is one walk along an index.
CREATE TABLE seen (
    body     uuid   NOT NULL,
    position bigint NOT NULL
);

-- Which photos and papers a fact names: whoever may read the fact may read them.
CREATE TABLE evidence (
    sha256   text   NOT NULL,
    position bigint NOT NULL
);

-- After loading:

ALTER TABLE event ADD PRIMARY KEY (position);
CREATE INDEX event_thing ON event (thing, occurred, position);
ALTER TABLE seen ADD PRIMARY KEY (body, position);
ALTER TABLE evidence ADD PRIMARY KEY (sha256, position);
