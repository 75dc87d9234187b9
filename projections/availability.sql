-- What could be lent, and what is promised or out already. How many are free in a window is asked of domain.availability.

CREATE TABLE stock (
    asset           uuid    NOT NULL,
    number          text COLLATE "C"    NOT NULL,
    name            text    NOT NULL,
    kind            text    NOT NULL,
    unit            text    NOT NULL,
    class_scheme    text COLLATE "C",
    class_edition   text COLLATE "C",
    class_code      text COLLATE "C",
    usable          integer NOT NULL,   -- 0 while nothing of it can be lent
    quantity        integer NOT NULL,
    condition       text    NOT NULL,
    holder          uuid    NOT NULL,
    custody_body    uuid    NOT NULL,
    place           uuid,
    listing         uuid,
    listed_loan     boolean NOT NULL,
    listed_transfer boolean NOT NULL,
    listed_until    timestamptz,
    total           bigint              -- which row of `total` counts it; none while nothing of it can be lent, or without a class
) WITH (fillfactor = 80);

-- What could be lent of a class at one place of one holder, kept by one body, on one offer: it follows from `stock`, so that nobody
-- has to look at every thing of a class. Who may read one thing of a row may read all of them.
CREATE TABLE total (
    id              bigint  NOT NULL,   -- from the content: the same words are the same row
    class_scheme    text COLLATE "C"    NOT NULL,
    class_edition   text COLLATE "C"    NOT NULL,
    class_code      text COLLATE "C"    NOT NULL,
    place           uuid,
    holder          uuid    NOT NULL,
    custody_body    uuid    NOT NULL,
    listed          boolean NOT NULL,
    listed_until    timestamptz,
    assets          integer NOT NULL,
    usable          bigint  NOT NULL
) WITH (fillfactor = 50);

-- `until`: the end of a promise's window, or the day a loan is due; a loan past its due day claims without end. `ready`: when it is
-- free again, prepared for the next; `lapses`: a promise nobody came for by then claims nothing.
CREATE TABLE claim (
    asset    uuid        NOT NULL,
    paper    uuid        NOT NULL,
    kind     text        NOT NULL,
    body     uuid        NOT NULL,
    quantity integer     NOT NULL,
    start    timestamptz NOT NULL,
    until    timestamptz,
    ready    timestamptz,
    lapses   timestamptz,
    class_code text COLLATE "C",
    total    bigint                     -- by which row of `total` its thing is counted while it can be lent
);

-- After loading:

ALTER TABLE stock ADD PRIMARY KEY (asset);
CREATE INDEX stock_class ON stock (class_code, class_edition, class_scheme) WHERE usable > 0;
CREATE INDEX stock_unusable ON stock (class_code, asset) WHERE usable = 0;
CREATE INDEX stock_listed ON stock (number, asset) WHERE listing IS NOT NULL;
ALTER TABLE total ADD PRIMARY KEY (id);
CREATE INDEX total_class ON total (class_code, class_edition, class_scheme);
ALTER TABLE claim ADD PRIMARY KEY (asset, paper, kind);
-- What of a class is in the way of a window, without looking at every thing of the class; and what is overdue.
CREATE INDEX claim_during ON claim USING gist (class_code, tstzrange(start, ready));
CREATE INDEX claim_overdue ON claim (class_code, until) WHERE kind = 'loan';
CREATE INDEX claim_until ON claim (until, asset) WHERE kind = 'loan';
CREATE INDEX claim_paper ON claim (paper);
CREATE INDEX claim_body ON claim (body);
