"""The certificates of pool checks: is a number with its code a real one, and which number has a check?

Queries (an open connection):
    verified(connection, number, code)      the certificate, for whoever has its number and its code; nothing of who asked
    of(connection, paper)                   the certificate of a pool check that was read before
"""

from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from projections.feed import Connection


class CertificateRow(NamedTuple):
    """A certificate as it was issued. `state`: of its pool check today (it may have been taken back)."""

    number: str
    check_code: str
    paper: UUID
    issued: datetime
    valid_until: datetime
    lines: list[dict[str, Any]]
    state: str


_CERTIFICATE: LiteralString = (
    "SELECT c.number, c.check_code, c.paper, c.issued, c.valid_until, c.lines, p.state"
    " FROM papers.certificate c JOIN papers.paper p ON p.id = c.paper"
)


def verified(connection: Connection, number: str, code: str) -> CertificateRow | None:
    given = {"number": number, "code": code}
    row = connection.execute(
        f"{_CERTIFICATE} WHERE c.number = %(number)s AND c.check_code = %(code)s", given
    ).fetchone()
    return CertificateRow(*row) if row else None


def of(connection: Connection, paper: UUID) -> CertificateRow | None:
    row = connection.execute(f"{_CERTIFICATE} WHERE c.paper = %s", (paper,)).fetchone()
    return CertificateRow(*row) if row else None
