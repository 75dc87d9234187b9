-- What is due when, about which thing. A row is there as long as the thing's own facts say that the deadline is open.

CREATE TABLE deadline (
    thing   uuid        NOT NULL,
    kind    text        NOT NULL,
    due     timestamptz NOT NULL,
    about   uuid        NOT NULL,     -- a part of the thing; the thing itself where there are no parts
    command uuid        NOT NULL      -- what firing it is called: there is a receipt of it once it was fired
);

-- After loading:

ALTER TABLE deadline ADD PRIMARY KEY (thing, kind, due, about);
CREATE INDEX deadline_due ON deadline (due, command);
