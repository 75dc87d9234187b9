"""Loans that run, damage and what a body has borrowed, through GraphQL: the whole way, and who reads of it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from domain.values import Condition
from tests.errands_loans import in_days, lent
from tests.town import Town, cny, new_town

pytestmark = pytest.mark.postgres

ACTIONS = "query($id: UUID!) { %s(id: $id) { permittedActions { name permitted code message } } }"


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def caught_up(town: Town) -> None:
    head = town.installation.recorder.head()
    for view in ("register", "papers", "organisations"):
        town.installation.runner.wait_for(view, head, 20)


def may(town: Town, who: str, what: str, id: UUID) -> set[str]:
    """What is offered to somebody."""
    found = town.as_(who).data(ACTIONS % what, id=id)[what]
    return set() if found is None else {one["name"] for one in found["permittedActions"] if one["permitted"]}


def test_a_body_s_register_of_borrowed_things_says_what_it_has_on_any_day(town: Town) -> None:
    one, other = town.in_store("education", "投影仪甲", "投影仪乙")
    loan = lent(town, one, other, due=-1, occurred_at=in_days(-5))
    town.as_("keeper").done(
        "take_back", lines=[{"asset": other}], place=town.places["store"], occurred_at=in_days(-2)
    )
    caught_up(town)
    borrower, health = town.as_("health_officer"), town.bodies["health"]

    def has(**when: Any) -> list[tuple[str, bool]]:
        found = borrower.query("borrowedIn", body=health, **({"as_of": when} if when else {}))
        assert found["totalCount"] == len(found["nodes"])
        return sorted((line["assetName"], line["overdue"]) for line in found["nodes"])

    assert has() == [("投影仪甲", True)]
    assert has(true_at=in_days(-3)) == [("投影仪乙", False), ("投影仪甲", False)]
    assert has(true_at=in_days(-6)) == []
    first = borrower.query("borrowedIn", body=health, first=1, as_of={"true_at": in_days(-3)})
    rest = borrower.query(
        "borrowedIn",
        body=health,
        first=1,
        as_of={"true_at": in_days(-3)},
        after=first["pageInfo"]["endCursor"],
    )
    assert first["nodes"][0]["assetId"] != rest["nodes"][0]["assetId"]
    [line] = borrower.query("borrowedIn", body=health)["nodes"]
    assert (line["loanId"], line["lender"]["name"], line["quantity"]) == (str(loan), "兰州市教育局", 1)
    assert town.as_("nobody").query("borrowedIn", body=health)["nodes"] == []


def test_of_a_lot_each_borrower_s_register_names_its_own_part(town: Town) -> None:
    [chairs] = town.in_store("education", "折叠椅", lot=10)
    for borrower, quantity in (("health", 3), ("finance", 2)):
        town.as_("keeper").done(
            "lend", lines=[{"asset": chairs, "quantity": quantity}], borrower=town.bodies[borrower], due=in_days(3),
            receiver=town.signature(f"{borrower}_officer"),
        )  # fmt: skip
    caught_up(town)
    for reader, borrower, quantity in (
        ("health_officer", "health", 3),
        ("finance_officer", "finance", 2),
        ("education_officer", "finance", 2),
    ):
        found = town.as_(reader).query("borrowedIn", body=town.bodies[borrower])["nodes"]
        assert [one["quantity"] for one in found if one["assetName"] == "折叠椅"] == [quantity]
    assert town.as_("health_officer").query("borrowedIn", body=town.bodies["finance"])["nodes"] == []


def test_what_is_offered_on_a_loan_follows_the_loan(town: Town) -> None:
    [asset] = town.in_store("education", "会议系统")
    loan = lent(town, asset)
    caught_up(town)
    assert may(town, "keeper", "loan", loan) == {"extendLoan", "recallLoan"}
    assert may(town, "health_officer", "loan", loan) == {"requestExtension"}
    asked = town.as_("health_officer").done("request_extension", loan=loan, due=in_days(9), reason="延期")
    town.installation.runner.wait_for("papers", int(asked["position"]), 20)
    shown = town.as_("keeper").query("loan", id=loan)
    assert shown["asked"]["assetIds"] == [str(asset)]
    assert may(town, "keeper", "loan", loan) == {
        "extendLoan",
        "recallLoan",
        "grantExtension",
        "refuseExtension",
    }
    assert may(town, "health_officer", "loan", loan) == set()
    assert may(town, "nobody", "loan", loan) == set()
    town.as_("keeper").done("grant_extension", loan=loan)
    town.as_("keeper").done("take_back", lines=[{"asset": asset}], place=town.places["store"])


def test_a_partial_return_that_frees_the_whole_loan(town: Town) -> None:
    """Must not happen: only the line that came back is free, and only so many of it."""
    one, other = town.in_store("education", "幕布", "讲台")
    loan = lent(town, one, other)
    keeper = town.as_("keeper")
    keeper.done("take_back", lines=[{"asset": one}], place=town.places["store"], loan=loan)
    again = {
        "borrower": town.bodies["finance"],
        "receiver": town.signature("finance_officer"),
        "due": in_days(3),
    }
    assert keeper.refused("lend", lines=[{"asset": other, "quantity": 1}], **again) == "ON_LOAN"
    keeper.done("lend", lines=[{"asset": one, "quantity": 1}], **again)
    caught_up(town)
    shown = keeper.query("loan", id=loan)
    assert (shown["closed"], [line["out"] for line in shown["lines"]]) == (False, [0, 1])


def test_what_is_back_is_not_overdue_while_its_damage_is_settled(town: Town) -> None:
    [asset] = town.in_store("education", "音响")
    loan = lent(town, asset, due=-1, occurred_at=in_days(-5))
    caught_up(town)
    keeper = town.as_("keeper")
    assert keeper.query("loan", id=loan)["overdue"]
    keeper.done("take_back", lines=[{"asset": asset, "outcome": "DAMAGED"}], place=town.places["store"])
    caught_up(town)
    shown, [listed] = (
        keeper.query("loan", id=loan),
        [one for one in keeper.query("papers", kind="loan")["nodes"] if one["id"] == str(loan)],
    )
    assert (shown["overdue"], listed["overdue"], listed["closed"]) == (False, False, False)
    assert str(loan) not in str(keeper.query("overdueLoans"))


def test_a_damage_case_is_read_by_both_sides_and_by_nobody_else(town: Town) -> None:
    [asset] = town.in_store("education", "摄像机")
    loan = lent(town, asset)
    back = town.as_("keeper").done(
        "take_back", lines=[{"asset": asset, "outcome": "DAMAGED", "condition": Condition.BROKEN}], place=town.places["store"]
    )  # fmt: skip
    [damage] = map(UUID, back["damageIds"])
    caught_up(town)
    for who in ("keeper", "education_asset_manager", "health_officer"):
        shown = town.as_(who).query("damageCase", id=damage)
        assert (shown["state"], shown["loanId"], shown["outcome"]) == ("REPORTED", str(loan), "DAMAGED")
    assert town.as_("nobody").query("damageCase", id=damage) is None
    assert town.as_("jiayuguan_manager").query("damageCase", id=damage) is None
    assert may(town, "education_asset_manager", "damageCase", damage) == {"assessDamage"}
    assert may(town, "keeper", "damageCase", damage) == set(), "who took it back does not assess it"
    assert town.as_("health_asset_manager").refused(
        "assess_damage", damage=damage, cause="WEAR"
    ) == "NOT_YOURS"  # fmt: skip
    town.as_("education_asset_manager").done(
        "assess_damage", damage=damage, cause="NEGLECT", liable=town.bodies["health"], amount=cny(300)
    )
    caught_up(town)
    assert may(town, "health_asset_manager", "damageCase", damage) == {"agreeCompensation"}
    listed = town.as_("education_officer").query("papers", kind="damage", first=10)
    assert (str(damage), "assessed", False) in [
        (one["id"], one["state"], one["closed"]) for one in listed["nodes"]
    ]
    town.as_("education_asset_manager").done(
        "record_compensation_paid", damage=damage, amount=cny(300), scan=town.paper("收据")
    )
    caught_up(town)
    assert town.as_("keeper").query("loan", id=loan)["closed"]
