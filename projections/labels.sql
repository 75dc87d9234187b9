-- Labels: what each names today and ever named, which were printed on which job, and what things have gone on as.

CREATE TABLE label (
    id          uuid        NOT NULL,
    version     integer     NOT NULL,
    token       text COLLATE "C" NOT NULL,
    state       text        NOT NULL,
    kind        text,                    -- of what it names, or named last
    thing       uuid,
    piece       integer,                 -- of a lot; of a series of slips the number
    body        uuid        NOT NULL,    -- whose the thing was when it was labelled; of a blank, whom it was printed for
    copies      integer     NOT NULL,    -- how often it was printed again
    affixed     text,
    damaged     boolean     NOT NULL,
    replaced_by uuid,
    why         text,
    made        timestamptz NOT NULL,
    changed     timestamptz NOT NULL,
    scans       integer     NOT NULL,
    scanned     timestamptz,             -- when it was last recorded as scanned, where, and with whom it was
    scan_place  uuid,
    scan_with   uuid
) WITH (fillfactor = 80);

CREATE TABLE named (
    label uuid        NOT NULL,
    n     integer     NOT NULL,
    thing uuid        NOT NULL,
    piece integer,
    since timestamptz NOT NULL
);

CREATE TABLE printed (
    job   uuid    NOT NULL,
    chunk integer NOT NULL,
    n     integer NOT NULL,
    label uuid    NOT NULL,
    copy  integer NOT NULL               -- 0: printed for the first time
);

CREATE TABLE lineage (
    thing     uuid   NOT NULL,
    successor uuid   NOT NULL,
    position  bigint NOT NULL
);

-- After loading:

ALTER TABLE label ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX label_token ON label (token);
CREATE INDEX label_thing ON label (thing, piece) WHERE thing IS NOT NULL;
CREATE INDEX label_body ON label (body, state, made, id);
ALTER TABLE named ADD PRIMARY KEY (label, n);
CREATE INDEX named_thing ON named (thing);
ALTER TABLE printed ADD PRIMARY KEY (job, chunk, n);
CREATE INDEX printed_label ON printed (label);
ALTER TABLE lineage ADD PRIMARY KEY (thing, successor);
