-- What finds a thing besides our labels: every number anybody ever gave, its serial, codes of others on it; of a kit its name.

CREATE TABLE code (
    thing     uuid        NOT NULL,
    n         integer     NOT NULL,
    source    text        NOT NULL,    -- number, serial, attached, name
    issuer    text        NOT NULL,    -- of a number: who gave it ('' is our own property number); of an attached code: its kind
    said      text        NOT NULL,    -- as it was written
    written   text COLLATE "C" NOT NULL, -- as it is compared: NFKC, upper case, single blanks
    preferred boolean     NOT NULL,
    since     timestamptz
);

-- After loading:

ALTER TABLE code ADD PRIMARY KEY (thing, n);
CREATE INDEX code_written ON code (written, thing);
