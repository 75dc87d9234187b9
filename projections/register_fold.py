"""How the register follows the log: two clocks per row, cards by content, the newest row for lists."""

from typing import Any, LiteralString
from uuid import UUID

from domain.asset import Asset
from projections.cards import CARD_COLUMNS, STATE_COLUMNS
from projections.changes import Changes, Connection, Table, copy
from projections.feed import Batch
from projections.lines import NULL, hashed, moment, uid
from projections.lives import Lives, Row
from projections.projection import Projection, lines
from projections.register import COLUMNS, NEWEST

CARD = Table("card", (("asset", "uuid"), ("card", "bigint")), CARD_COLUMNS)
STATE = Table(
    "state",
    (("asset", "uuid"), ("known_from", "bigint"), ("true_from", "timestamptz")),
    (*STATE_COLUMNS, "card", "true_to", "ended_known", "known_to"),
)

_END: LiteralString = (
    "UPDATE state s SET true_to = u.true_to, ended_known = u.ended_known, known_to = u.known_to"
    " FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[])"
    " AS u (asset, known_from, true_from, true_to, ended_known, known_to)"
    " WHERE s.asset = u.asset AND s.known_from = u.known_from AND s.true_from = u.true_from"
)
CURRENT: tuple[LiteralString, ...] = ("asset", "updated", "since", *STATE_COLUMNS, *CARD_COLUMNS)
_GONE: LiteralString = "DELETE FROM current WHERE asset = ANY(%s)"


class RegisterChanges(Changes):
    """Also the rows on two clocks: new ones, and ends of old ones."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[str] = []
        self.ended: list[tuple[UUID, Row]] = []
        self.gone: list[UUID] = []
        self.current: list[str] = []

    def state(self, asset: UUID, asset_line: str, row: Row) -> None:
        """The digest of a row is the sum of its beginning and its ends, so that an end costs one small hash."""
        key = f"{asset_line}\t{row.known_from}\t{moment(row.true_from)}"
        if row.stored:
            self.ended.append((asset, row))
        else:
            ends = f"{moment(row.true_to)}\t{row.ended_known or NULL}\t{row.known_to or NULL}"
            self.states.append(f"{key}\t{row.line}\t{ends}")
            self.digest += hashed(b"state", f"{key}\t{row.line}")
        true_to_stored, known_to_stored = row.ends
        if row.true_to is not None and not true_to_stored:
            self.digest += hashed(b"ended", f"{key}\t{moment(row.true_to)}\t{row.ended_known}")
        if row.known_to is not None and not known_to_stored:
            self.digest += hashed(b"known", f"{key}\t{row.known_to}")

    def write(self, connection: Connection) -> None:
        super().write(connection)
        copy(connection, STATE.name, STATE.all_columns, self.states)
        if self.ended:
            columns: list[list[Any]] = [[], [], [], [], [], []]
            for asset, row in self.ended:
                values = (asset, row.known_from, row.true_from, row.true_to, row.ended_known, row.known_to)
                for column, value in zip(columns, values, strict=True):
                    column.append(value)
            connection.execute(_END, columns)
        if self.gone:
            connection.execute(_GONE, (self.gone,))
        copy(connection, "current", CURRENT, self.current)


class Register(Projection):
    """The projection `register`."""

    name = "register"
    version = 7
    kinds = (Asset.KIND,)
    tables = (CARD, STATE)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = RegisterChanges()
        cards: list[str] = []
        for id, life in lives.of(connection, batch).items():
            asset = uid(id)
            rows, new_cards = life.take()
            for row in rows:
                changes.state(id, asset, row)
            cards += [f"{asset}\t{card}\t{line}" for card, line in new_cards]
            if life.begun and not batch.fresh:
                changes.gone.append(id)
            newest = life.newest
            if newest is not None:
                state = newest.line.rpartition("\t")[0]
                changes.current.append(
                    f"{asset}\t{newest.known_from}\t{moment(newest.true_from)}\t{state}\t{life.card_line}"
                )
        changes.add(CARD, *cards)
        return changes

    def recount(self, connection: Connection) -> int:
        found = sum(
            hashed(CARD.digest_name, line) for line in lines(connection, CARD, ", ".join(CARD.all_columns))
        )
        for line in lines(connection, STATE, ", ".join(STATE.all_columns)):
            begun, true_to, ended_known, known_to = line.rsplit("\t", 3)
            key = "\t".join(begun.split("\t", 3)[:3])
            found += hashed(b"state", begun)
            if true_to != NULL:
                found += hashed(b"ended", f"{key}\t{true_to}\t{ended_known}")
            if known_to != NULL:
                found += hashed(b"known", f"{key}\t{known_to}")
        return found

    def contradictions(self, connection: Connection) -> list[str]:
        shown = ", ".join(f"{name}::text" for name in COLUMNS)
        newest = f"SELECT {shown} FROM ({NEWEST.replace('register.', '')}) AS n"
        rows = connection.execute(
            f"(SELECT {shown} FROM current EXCEPT ALL {newest}) UNION ALL ({newest} EXCEPT ALL SELECT {shown} FROM current) LIMIT 5"
        ).fetchall()
        return [f"register.current differs at asset {row[0]}" for row in rows]
