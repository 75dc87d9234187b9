-- What people who decide ask for: what was offered, what became of it, who asked and what he got, and what was not bought.

CREATE TABLE offer (
    asset   uuid        NOT NULL,
    listing uuid        NOT NULL,
    started timestamptz NOT NULL,
    ended   timestamptz              -- null: it stands
);

-- A loan from lender to borrower, or a transfer for good; `ended`: all of the line has its outcome. A transfer never ends.
CREATE TABLE use (
    paper    uuid        NOT NULL,
    asset    uuid        NOT NULL,
    kind     text        NOT NULL,
    quantity integer     NOT NULL,
    lender   uuid        NOT NULL,
    borrower uuid        NOT NULL,
    started  timestamptz NOT NULL,
    due      timestamptz,
    ended    timestamptz
);

-- One line of a request. `asset`: what was asked for by name, else the first that was handed over.
CREATE TABLE ask (
    request   uuid        NOT NULL,
    line      integer     NOT NULL,
    body      uuid        NOT NULL,
    holder    uuid        NOT NULL,
    form      text        NOT NULL,
    asset     uuid,
    class_code text COLLATE "C",
    asked     integer     NOT NULL,
    got       integer     NOT NULL,
    submitted timestamptz NOT NULL,
    approved  timestamptz,
    handed    timestamptz,
    ended     timestamptz,
    state     text        NOT NULL,
    why       text        NOT NULL
);

-- A purchase that a hand-over from the pool made needless; each counts once.
CREATE TABLE saved (
    paper    uuid        NOT NULL,
    n        integer     NOT NULL,
    body     uuid        NOT NULL,
    class_code text COLLATE "C",
    quantity integer     NOT NULL,
    amount   numeric     NOT NULL,
    currency text        NOT NULL,
    at       timestamptz NOT NULL
);

-- After loading:

ALTER TABLE offer ADD PRIMARY KEY (asset, listing);
CREATE INDEX offer_open ON offer (asset) WHERE ended IS NULL;
ALTER TABLE use ADD PRIMARY KEY (paper, asset);
CREATE INDEX use_asset ON use (asset, borrower, started);
ALTER TABLE ask ADD PRIMARY KEY (request, line);
CREATE INDEX ask_submitted ON ask (submitted);
ALTER TABLE saved ADD PRIMARY KEY (paper, n);
