"""How the organisations follow the log: bodies, places and accounts as their own folds say, and who reads for whom."""

from typing import LiteralString
from uuid import UUID

from domain.account import Account
from domain.body import Body
from domain.contact import Contact
from domain.place import Place
from projections.changes import Changes, Connection, Table
from projections.feed import Batch
from projections.lines import NULL, moment, text, uid, uids, yes
from projections.lives import Lives
from projections.projection import Projection, replace
from projections.things import roots

BODY = Table(
    "body",
    (("id", "uuid"),),
    (
        "version", "name", "kind", "level", "region", "code", "parent", "accountable", "until", "ended", "successors", "closed",
        "phone", "address", "note",
    ),
)  # fmt: skip
RELATION = Table("relation", (("body", "uuid"), ("n", "integer")), ("kind", "other", "since"))
BODY_NAME = Table("body_name", (("body", "uuid"), ("n", "integer")), ("name", "since"))
PLACE = Table(
    "place",
    (("id", "uuid"),),
    (
        "version",
        "name",
        "kind",
        "code",
        "warehouse",
        "operator",
        "owner",
        "time_zone",
        "parent",
        "in_use",
        "closed",
    ),
)
ACCOUNT = Table("account", (("id", "uuid"),), ("version", "person", "body", "closed"))
ROLE = Table("role", (("account", "uuid"), ("role", "text"), ("scope", "uuid")), ())

NO_CONTACT = Contact(phone="")
_REACH: LiteralString = """
WITH RECURSIVE edge (above, below) AS (
    SELECT parent, id FROM body WHERE parent IS NOT NULL
    UNION
    SELECT other, body FROM (
        SELECT DISTINCT ON (body, kind) body, other FROM relation
        WHERE kind = 'supervised_by' ORDER BY body, kind, n DESC
    ) AS newest WHERE other IS NOT NULL
    UNION
    SELECT unnest(successors), id FROM body
), down (ancestor, body) AS (
    SELECT id, id FROM body
    UNION
    SELECT d.ancestor, e.below FROM down d JOIN edge e ON e.above = d.body
)
SELECT ancestor, body FROM down
"""


class Organisations(Projection):
    """The projection `organisations`."""

    name = "organisations"
    version = 2
    kinds = (Body.KIND, Place.KIND, Account.KIND)
    tables = (BODY, RELATION, BODY_NAME, PLACE, ACCOUNT, ROLE)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        made: dict[Table, list[str]] = {table: [] for table in self.tables}
        bodies = roots(connection, batch, Body)
        for id, body in bodies.items():
            self._body(made, id, body)
        places = roots(connection, batch, Place)
        made[PLACE] = [
            f"{uid(id)}\t{one.version}\t{text(one.name)}\t{one.kind.value}\t{text(one.code)}\t{uid(one.warehouse)}\t{uid(one.operator)}"
            f"\t{uid(one.owner)}\t{text(one.time_zone)}\t{uid(one.parent)}\t{yes(one.in_use)}\t{yes(one.closed)}"
            for id, one in places.items()
        ]
        accounts = roots(connection, batch, Account)
        for id, account in accounts.items():
            made[ACCOUNT].append(
                f"{uid(id)}\t{account.version}\t{uid(account.person)}\t{uid(account.body)}\t{yes(account.closed)}"
            )
            made[ROLE] += (f"{uid(id)}\t{grant.role.value}\t{uid(grant.scope)}" for grant in account.grants)
        for kind, tables in (
            (Body, (BODY, RELATION, BODY_NAME)),
            (Place, (PLACE,)),
            (Account, (ACCOUNT, ROLE)),
        ):
            for table in tables:
                replace(connection, changes, table, batch.begun(kind.KIND), made[table])
        if any(changes.rows.get(table) or changes.added.get(table) for table in (BODY, RELATION)):
            changes.touched.add(Body)
        return changes

    def finish(self, connection: Connection, changes: Changes) -> None:
        if Body in changes.touched:
            connection.execute("DELETE FROM reach")
            self.load(connection)

    def load(self, connection: Connection) -> None:
        connection.execute(f"INSERT INTO reach {_REACH}")

    def contradictions(self, connection: Connection) -> list[str]:
        rows = connection.execute(
            f"(TABLE reach EXCEPT ({_REACH})) UNION ALL (({_REACH}) EXCEPT TABLE reach) LIMIT 5"
        ).fetchall()
        return [f"organisations.reach differs at {row[0]} over {row[1]}" for row in rows]

    @staticmethod
    def _body(made: dict[Table, list[str]], id: UUID, body: Body) -> None:
        key, contact = uid(id), body.contact or NO_CONTACT
        made[BODY].append(
            f"{key}\t{body.version}\t{text(body.name)}\t{body.kind.value}\t{body.level.value}\t{text(body.region)}\t{text(body.code)}"
            f"\t{uid(body.parent)}\t{uid(body.accountable)}\t{moment(body.until)}\t{moment(body.ended)}"
            f"\t{uids(body.successors)}\t{yes(body.closed)}\t{text(contact.phone)}\t{text(contact.address)}\t{text(contact.note)}"
        )
        made[RELATION] += (
            f"{key}\t{n}\t{change.kind.value}\t{uid(change.other) if change.other else NULL}\t{moment(change.since)}"
            for n, change in enumerate(body.history)
        )
        made[BODY_NAME] += (
            f"{key}\t{n}\t{text(name)}\t{moment(since)}" for n, (since, name) in enumerate(body.names)
        )
