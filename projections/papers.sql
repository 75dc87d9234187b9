-- The papers of the trade as lists: loans, intakes, acquisitions, transfers, disposals, repairs, decisions from outside; and the slips.

CREATE TABLE paper (
    id        uuid        NOT NULL,
    kind      text        NOT NULL,
    version   integer     NOT NULL,
    number    text COLLATE "C"        NOT NULL,
    state     text        NOT NULL,
    giving    uuid,                    -- lender, giver, the body that brings in or asks
    receiving uuid,                    -- borrower, receiver, authority
    warehouse uuid,
    opened    timestamptz NOT NULL,
    changed   timestamptz NOT NULL,
    due       timestamptz,
    closed    boolean     NOT NULL,
    lines     integer     NOT NULL,
    parties   uuid[]      NOT NULL,    -- whoever reads one of these bodies reads the paper
    waiting   uuid,                    -- the body whose turn it is
    detail    json        NOT NULL     -- everything the paper's own fold knows
) WITH (fillfactor = 80);

CREATE TABLE line (
    paper    uuid    NOT NULL,
    n        integer NOT NULL,
    asset    uuid,
    name     text    NOT NULL,         -- where it names goods without a card
    quantity integer NOT NULL,
    undone   integer                   -- how many have no outcome yet
);

-- One row per issued slip; its number is its place in a gapless series.
CREATE TABLE slip (
    series    uuid        NOT NULL,
    n         integer     NOT NULL,
    number    text COLLATE "C"        NOT NULL,
    kind      text        NOT NULL,
    warehouse uuid        NOT NULL,
    year      integer     NOT NULL,
    paper     uuid        NOT NULL,
    issued    timestamptz NOT NULL,
    office    uuid        NOT NULL,
    giver     uuid,
    receiver  uuid,
    lines     integer     NOT NULL,
    position  bigint      NOT NULL,    -- the fact that has all it says
    marks     uuid        NOT NULL
);

-- One row per certificate of a pool check; its number is its place in the office's gapless series of the year.
CREATE TABLE certificate (
    series      uuid        NOT NULL,
    n           integer     NOT NULL,
    number      text COLLATE "C"       NOT NULL,
    check_code  text        NOT NULL,
    paper       uuid        NOT NULL,
    office      uuid        NOT NULL,
    issued      timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    lines       json        NOT NULL
);

-- What bodies wait, wish and watch for; the place in the queue is (later, since, id).
CREATE TABLE demand (
    id            uuid        NOT NULL,
    body          uuid        NOT NULL,
    kind          text        NOT NULL,
    form          text        NOT NULL,
    state         text        NOT NULL,
    class_scheme  text,
    class_edition text,
    class_code    text COLLATE "C",
    asset         uuid,
    quantity      integer     NOT NULL,
    start         timestamptz,         -- of the time it is wanted for; none: for good
    until         timestamptz,
    wanted_until  timestamptz NOT NULL,
    later         boolean     NOT NULL, -- was not displaced
    since         timestamptz NOT NULL,
    moved         text        NOT NULL, -- the published reason why staff moved it
    alerted       timestamptz
);

CREATE TABLE mark (
    marks  uuid    NOT NULL,
    n      integer NOT NULL,
    voided boolean NOT NULL,
    reason text    NOT NULL,
    copies integer NOT NULL            -- how often it was printed again
);

-- After loading:

ALTER TABLE paper ADD PRIMARY KEY (id);
CREATE INDEX paper_opened ON paper (kind, opened, id);
CREATE INDEX paper_due ON paper (due, id) WHERE due IS NOT NULL AND NOT closed;
CREATE INDEX paper_borrower ON paper (receiving, due) WHERE kind = 'loan' AND NOT closed;
CREATE INDEX paper_parties ON paper USING gin (parties);
CREATE INDEX paper_waiting ON paper (waiting, opened, id) WHERE waiting IS NOT NULL;
CREATE INDEX paper_warehouse ON paper (warehouse, opened, id) WHERE kind = 'request' AND NOT closed;
ALTER TABLE line ADD PRIMARY KEY (paper, n);
CREATE INDEX line_asset ON line (asset, paper) WHERE asset IS NOT NULL;
ALTER TABLE slip ADD PRIMARY KEY (series, n);
CREATE INDEX slip_paper ON slip (paper);
CREATE INDEX slip_number ON slip (number);
CREATE UNIQUE INDEX slip_marks ON slip (marks, n);
CREATE INDEX slip_warehouse ON slip (warehouse, kind, year, n);
ALTER TABLE certificate ADD PRIMARY KEY (series, n);
CREATE INDEX certificate_number ON certificate (number);
CREATE INDEX certificate_paper ON certificate (paper);
ALTER TABLE demand ADD PRIMARY KEY (id);
CREATE INDEX demand_waiting ON demand (class_code, later, since, id) WHERE state = 'waiting';
CREATE INDEX demand_asset ON demand (asset) WHERE asset IS NOT NULL AND state = 'waiting';
ALTER TABLE mark ADD PRIMARY KEY (marks, n);
