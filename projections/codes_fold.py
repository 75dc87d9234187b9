"""How the codes follow the log: a thing's numbers, serial and codes of others, written as they are compared."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from domain.asset import Asset
from domain.papers.kit import Kit
from projections.changes import Changes, Connection, Table
from projections.feed import Batch
from projections.lines import LONGEST, NULL, compared, moment, text, uid, yes
from projections.lives import Lives
from projections.projection import Projection, replace
from projections.things import roots

CODE = Table(
    "code",
    (("thing", "uuid"), ("n", "integer")),
    ("source", "issuer", "said", "written", "preferred", "since"),
)


class Codes(Projection):
    """The projection `codes`."""

    name = "codes"
    version = 1
    kinds = (Asset.KIND, Kit.KIND)
    tables = (CODE,)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        if batch.of(Asset.KIND):
            changed = {
                id: life for id, life in lives.of(connection, batch).items() if life.coded != life.codes
            }
            made = [
                line for life in changed.values() for line in _numbered(life.asset.id, _of_asset(life.asset))
            ]
            begun = [id for id, life in changed.items() if life.begun and not batch.fresh]
            replace(connection, changes, CODE, begun, made, one_each=True)
        if batch.of(Kit.KIND):
            kits = roots(connection, batch, Kit)
            made = [
                f"{uid(id)}\t0\t{_row('name', '', kit.name)}" for id, kit in kits.items() if not kit.dissolved
            ]
            replace(connection, changes, CODE, batch.begun(Kit.KIND), made)
        return changes


def _numbered(thing: UUID, rows: Iterable[str]) -> list[str]:
    key = uid(thing)
    return [f"{key}\t{n}\t{row}" for n, row in enumerate(rows)]


def _of_asset(asset: Asset) -> Iterator[str]:
    if asset.number:
        yield _row("number", "", asset.number)
    for number in asset.numbers:
        yield _row("number", number.issuer, number.number, since=moment(number.since))
    if asset.serial.strip():
        yield _row("serial", "", asset.serial)
    for one in asset.codes:
        preferred = asset.preferred_code == one.code
        yield _row("attached", one.kind.value, one.code, preferred=preferred, since=moment(one.since))


def _row(source: str, issuer: str, said: str, *, preferred: bool = False, since: str = NULL) -> str:
    exact = text(said)
    as_it_is = (
        exact is said and said.isascii() and " " not in said and said == said.upper() and len(said) <= LONGEST
    )
    found_by = exact if as_it_is else text(compared(said))
    return f"{source}\t{text(issuer)}\t{exact}\t{found_by}\t{yes(preferred)}\t{since}"
