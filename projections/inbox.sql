-- What people are told. A notice is the n-th thing said because of the fact at a position; what it says is read from the log.

CREATE TABLE notice (
    position bigint      NOT NULL,
    n        integer     NOT NULL,
    id       uuid        NOT NULL,     -- made from position and n: the same in every rebuild
    name     text        NOT NULL,     -- which sentence
    thing    uuid        NOT NULL,
    kind     text        NOT NULL,
    occurred timestamptz NOT NULL,
    until    timestamptz,              -- something is asked of whoever reads it, until then
    to_do    boolean     NOT NULL,     -- something was asked; whether it is done by now, `done` says
    about    uuid[]      NOT NULL      -- it is done when it is for all of these
);

-- What a fact put an end to: the notices of these names about a thing, as far as they came before it.
CREATE TABLE done (
    thing    uuid   NOT NULL,
    position bigint NOT NULL,
    names    text[] NOT NULL
);

-- To whom: a role in a body or a warehouse, or (`person`) one person. Who has the role is asked when it is read. Every role is there
-- once more at the root body, for those who have it everywhere.
CREATE TABLE told (
    role     text    NOT NULL,
    scope    uuid    NOT NULL,
    position bigint  NOT NULL,
    n        integer NOT NULL,
    notice   uuid    NOT NULL,
    by       uuid    NOT NULL          -- who did it: nobody is told what he did himself
);

-- What an account has read: one notice, or all up to a position.
CREATE TABLE mark (
    account uuid    NOT NULL,
    n       integer NOT NULL,
    notice  uuid,
    up_to   bigint
);

-- After loading:

ALTER TABLE notice ADD PRIMARY KEY (position, n);
CREATE UNIQUE INDEX notice_id ON notice (id);
ALTER TABLE done ADD PRIMARY KEY (thing, position);
ALTER TABLE told ADD PRIMARY KEY (role, scope, position, n);
CREATE INDEX told_notice ON told (notice);
ALTER TABLE mark ADD PRIMARY KEY (account, n);
CREATE INDEX mark_notice ON mark (account, notice) WHERE notice IS NOT NULL;
CREATE INDEX mark_up_to ON mark (account, up_to) WHERE up_to IS NOT NULL;
