"""Who may read a photo or a paper: whoever may read something that refers to it, and who handed it in.

Queries (an open connection, a `Reach`, the asking account):
    may_read(connection, reach, account, sha256)    whether this account reads it
    may_name(connection, reach, account, sha256)    whether a command of this account may refer to it
    handed_in(connection, account, sha256)          remembers who brought it
Something that refers to it is a fact of the history, an asset whose present holder is read, or a paper one of whose parties is.
Knowing a hash is no right: naming it in a command of one's own would otherwise be a way to read it.
"""

from typing import LiteralString
from uuid import UUID

from projections.feed import Connection
from projections.reach import Reach

_BROUGHT: LiteralString = (
    "EXISTS (SELECT FROM directory.upload u WHERE u.sha256 = %(sha256)s AND u.account = %(account)s)"
)
_REFERRED: LiteralString = """
EXISTS (SELECT FROM history.evidence r JOIN history.event h ON h.position = r.position WHERE r.sha256 = %(sha256)s AND (
    %(everything)s OR h.bodies && %(bodies)s::uuid[]
    OR EXISTS (SELECT FROM register.current a WHERE a.asset = h.thing AND a.holder = ANY(%(bodies)s::uuid[]))
    OR EXISTS (SELECT FROM papers.paper p WHERE p.id = h.thing AND p.parties && %(bodies)s::uuid[])))
"""
_BY_A_COLLEAGUE: LiteralString = """
EXISTS (SELECT FROM directory.upload u JOIN organisations.account a ON a.id = u.account
    WHERE u.sha256 = %(sha256)s AND (%(everything)s OR a.body = ANY(%(bodies)s::uuid[])))
"""
_BY_NOBODY: LiteralString = "NOT EXISTS (SELECT FROM directory.upload u WHERE u.sha256 = %(sha256)s)"
_MAY_READ: LiteralString = f"SELECT {_BROUGHT} OR {_REFERRED}"
_MAY_NAME: LiteralString = f"SELECT {_BROUGHT} OR {_BY_NOBODY} OR {_BY_A_COLLEAGUE} OR {_REFERRED}"
_HANDED_IN: LiteralString = (
    "INSERT INTO directory.upload (sha256, account) VALUES (%(sha256)s, %(account)s) ON CONFLICT DO NOTHING"
)


def may_read(connection: Connection, reach: Reach, account: UUID, sha256: str) -> bool:
    """An account that reads nothing at all, as a closed one, reads no evidence either."""
    return (reach.everything or bool(reach.bodies)) and _is_so(connection, _MAY_READ, reach, account, sha256)


def may_name(connection: Connection, reach: Reach, account: UUID, sha256: str) -> bool:
    """What it reads, what its own people brought and nothing refers to yet, and what the program itself put there."""
    return _is_so(connection, _MAY_NAME, reach, account, sha256)


def handed_in(connection: Connection, account: UUID, sha256: str) -> None:
    connection.execute(_HANDED_IN, {"sha256": sha256, "account": account})


def _is_so(
    connection: Connection, statement: LiteralString, reach: Reach, account: UUID, sha256: str
) -> bool:
    given = {**reach.values(), "everything": reach.everything, "account": account, "sha256": sha256}
    row = connection.execute(statement, given).fetchone()
    return row is not None and bool(row[0])
