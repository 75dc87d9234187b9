"""What must never happen: a decision recorded on a state that was over when it was recorded."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from domain.body import BodyAbolished
from domain.papers.intake import IntakeLine, IntakeMode, IntakeSource
from domain.papers.loan import LoanLine
from domain.values import Condition, Role, Window
from tests.errands import document, in_days
from tests.meanwhile import decided
from tests.servers import lending, two_servers
from tests.town import Client, Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """The town; the process that runs the tests also serves it, and follows the log."""
    with new_town() as made:
        yield made


@pytest.fixture(scope="module")
def ports(town: Town) -> Iterator[tuple[int, int]]:
    """Two more server processes on the same database."""
    with two_servers(town) as both:
        yield both


def test_a_guard_read_stale(town: Town, ports: tuple[int, int]) -> None:
    """A body is abolished, by another process, after it was decided to lend to it and before that is recorded: refused."""
    admin = town.as_("admin")
    borrower = UUID(admin.done("register_body", name="将撤销的局", level="CITY", region="6201")["bodyId"])
    [asset] = town.take_over("offices", "撤销货", place="store")
    other = Client(ports[0], town.tokens["admin"])
    admin.done("name_duty_person", body=borrower, person=town.people["health_officer"])
    receiver = town.signature("health_officer")
    said: dict[str, Any] = {
        "lines": (LoanLine(asset, 1),),
        "borrower": borrower,
        "receiver": receiver,
        "due": in_days(7),
    }
    before = town.installation.recorder.head()

    def abolish() -> None:
        yesterday = in_days(-1)
        other.done(
            "abolish_body",
            body=borrower,
            decree="兰机编〔2026〕7号",
            decree_date=yesterday.date(),
            occurred_at=yesterday,
        )

    answer, verdicts = decided(town, "keeper", "lend", abolish, **said)
    other.hang_up()
    assert verdicts == ["Conflict", "Accepted"], "the guard noticed, and it was decided again"
    assert (answer.refused, answer.path) == ("NO_STANDING", "borrower")
    topics = [row.topic for row in town.installation.recorder.read_log(before, 100)]
    assert topics == [BodyAbolished.TOPIC]


Race = tuple[str, str, dict[str, Any], Callable[[], object]]


def fresh_body(town: Town) -> UUID:
    admin = town.as_("admin")
    more = {"fiscal_authority": town.bodies["finance"], "offices_administration": town.bodies["offices"]}
    return UUID(admin.done("register_body", name="竞态局", level="CITY", region="6201", **more)["bodyId"])


def abolishing(town: Town, body: UUID) -> Callable[[], object]:
    day = in_days(-1)
    said = {"decree": f"兰机编〔2026〕{body.hex[-6:]}号", "decree_date": day.date(), "occurred_at": day}
    return lambda: town.as_("admin").done("abolish_body", body=body, **said)


def promised_to_one_abolished(town: Town, asset: UUID) -> Race:
    body = fresh_body(town)
    said = {"asset": asset, "body": body, "window": Window(in_days(1), in_days(2))}
    return "keeper", "reserve_asset", said, abolishing(town, body)


def given_to_one_abolished(town: Town, asset: UUID) -> Race:
    body = fresh_body(town)
    said = {"lines": (LoanLine(asset, 1),), "receiver": body}
    return "education_officer", "propose_transfer", said, abolishing(town, body)


def asked_by_one_who_is_let_go(town: Town, asset: UUID) -> Race:
    who = f"leaver {asset}"
    town.let_in(who, "education", (Role.ASSET_MANAGER, town.bodies["education"]))
    taken = {"account": town.accounts[who], "role": Role.ASSET_MANAGER, "scope": town.bodies["education"]}
    return (
        who,
        "see_condition",
        {"asset": asset, "condition": Condition.GOOD},
        lambda: town.as_("admin").done("revoke_role", **taken),
    )


def into_a_place_out_of_use(town: Town, asset: UUID) -> Race:
    admin, code = town.as_("admin"), f"R{asset.hex[-6:]}".upper()
    zone = UUID(
        admin.done("register_place", name="竞态区", kind="ZONE", code=code, parent=town.places["store"])[
            "placeId"
        ]
    )
    said = {
        "mode": IntakeMode.RETAINED,
        "source": IntakeSource.IDLE,
        "body": town.bodies["education"],
        "warehouse": zone,
    }
    return (
        "education_officer", "apply_for_intake", {**said, "lines": (IntakeLine(asset=asset),)},
        lambda: admin.done("take_place_out_of_use", place=zone),
    )  # fmt: skip


def by_a_decision_taken_back(town: Town, asset: UUID) -> Race:
    officer, body = town.as_("education_officer"), town.bodies["education"]
    said = {
        "mode": "RETAINED",
        "source": "IDLE",
        "body": body,
        "warehouse": town.places["store"],
        "lines": [{"asset": asset}],
    }
    asked = officer.done("apply_for_intake", **said)
    decision = document(town, "education", "INTAKE", body, town.bodies["finance"], asked["listHash"])
    taken_back = {"decision": decision, "reason": "录错"}
    return (
        "education_asset_manager", "approve_intake", {"intake": UUID(asked["intakeId"]), "decision": decision},
        lambda: officer.done("take_back_decision", **taken_back),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (promised_to_one_abolished, "NO_STANDING"),
        (given_to_one_abolished, "NO_STANDING"),
        (asked_by_one_who_is_let_go, "NOT_YOURS"),
        (into_a_place_out_of_use, "PLACE_OUT_OF_USE"),
        (by_a_decision_taken_back, "DECISION_WITHDRAWN"),
    ],
)
def test_what_a_decision_only_reads_is_guarded_too(
    town: Town, make: Callable[[Town, UUID], Race], code: str
) -> None:
    """The other command writes nothing that this one writes: only the guard stands between them."""
    [asset] = town.in_store("education", "竞态货")
    who, use_case, said, meanwhile = make(town, asset)
    before = town.installation.recorder.read([asset])[asset]
    answer, verdicts = decided(town, who, use_case, meanwhile, **said)
    assert verdicts == ["Conflict", "Accepted"]
    assert answer.refused == code
    assert town.installation.recorder.read([asset])[asset] == before


def test_a_file_closed_while_something_comes_into_its_hands(town: Town, ports: tuple[int, int]) -> None:
    """Its hands were counted empty; before the closing is recorded, another process lands goods there: counted again, refused."""
    admin = town.as_("admin")
    body = UUID(admin.done("register_body", name="将关档的局", level="CITY", region="6201")["bodyId"])
    yesterday = in_days(-1)
    admin.done(
        "abolish_body",
        body=body,
        decree="兰机编〔2026〕8号",
        decree_date=yesterday.date(),
        occurred_at=yesterday,
    )
    [asset] = town.take_over("offices", "最后一件", place="store")
    other = Client(ports[1], town.tokens["keeper"])

    def land() -> None:
        other.done("lend", **{**lending(town, [asset]), "borrower": body}, already_happened=True)

    answer, verdicts = decided(town, "admin", "close_body", land, body=body)
    assert verdicts == ["Conflict", "Accepted"]
    assert answer.refused, "its hands are not empty any more"
    other.done("take_back", lines=[{"asset": asset}], place=town.places["store"])
    other.hang_up()
    answer, verdicts = decided(town, "admin", "close_body", body=body)
    assert (answer.refused, verdicts) == ("", ["Accepted"])
