-- What is due when, about which thing. A row is there as long as the thing's own facts say that the deadline is open.

CREATE TABLE deadline (
    thing   uuid        NOT NULL,
    kind    text        NOT NULL,
    due     timestamptz NOT NULL,
    about   uuid        NOT NULL,     -- a part of the thing; the thing itself where there are no parts
    command uuid,                     -- what firing it is called: there is a receipt of it once it was fired; null: asked for daily
    given   uuid[]      NOT NULL      -- what else the use case must know; the last of them says in which time zone days begin
);

-- After loading:

ALTER TABLE deadline ADD PRIMARY KEY (thing, kind, due, about);
CREATE INDEX deadline_due ON deadline (due, command) WHERE command IS NOT NULL;
CREATE INDEX deadline_daily ON deadline (due) WHERE command IS NULL;
