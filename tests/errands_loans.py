"""While goods are out: extended, recalled, reminded of; damaged, exchanged, compensated, waived; a borrower blocked and cleared."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from domain.papers.outside_decision import ListItem, list_hash
from domain.values import Condition
from tests.town import Town, cny


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def lent(town: Town, *assets: UUID, due: float = 5, **more: Any) -> UUID:
    """Lent from the store to the health commission."""
    lines = [{"asset": asset, "quantity": 1} for asset in assets]
    made = town.as_("keeper").done(
        "lend", lines=lines, borrower=town.bodies["health"], receiver=town.signature("health_officer"), due=in_days(due), **more
    )  # fmt: skip
    return UUID(made["loanId"])


def longer_and_back_earlier(town: Town) -> None:
    borrower, keeper, manager = (
        town.as_(who) for who in ("health_officer", "keeper", "education_asset_manager")
    )
    one, other = town.in_store("education", "续借的投影仪", "召回的投影仪")
    loan = lent(town, one, other)
    borrower.done("request_extension", loan=loan, due=in_days(20), reason="活动延期")
    keeper.done("refuse_extension", loan=loan, why="LENDER_NEEDS_IT", reason="另有安排")
    borrower.done("request_extension", loan=loan, due=in_days(9), assets=[one], reason="活动延期")
    manager.done("grant_extension", loan=loan, due=in_days(8))
    keeper.done("extend_loan", loan=loan, due=in_days(12), assets=[one])
    manager.done(
        "recall_loan", loan=loan, due=in_days(1), why="LENDER_NEEDS_IT", assets=[other], reason="检查"
    )
    keeper.done("remind_overdue", borrower=town.bodies["health"], warehouse=town.places["store"], day=today())
    back = keeper.done("take_back", lines=[{"asset": one}, {"asset": other}], place=town.places["store"])
    assert [(part["line"], part["loanId"], part["quantity"], part["outcome"]) for part in back["landed"]] == [
        (n, str(loan), 1, "RETURNED") for n in range(2)
    ]


def a_borrower_is_blocked_and_cleared(town: Town) -> None:
    manager = town.as_("offices_asset_manager")
    where = {"body": town.bodies["jiayuguan"], "warehouse": town.places["store"]}
    manager.done("block_borrower", **where, until=in_days(30), reason="多次逾期不还")
    [asset] = town.in_store("education", "扩音器")
    code = town.as_("keeper").refused(
        "lend", lines=[{"asset": asset, "quantity": 1}], borrower=town.bodies["jiayuguan"], receiver=town.signature("nobody"),
        due=in_days(3),
    )  # fmt: skip
    assert code == "BORROWER_IS_BLOCKED", code
    manager.done("clear_borrower", **where, until=in_days(30), reason="已整改")


def damaged_and_settled(town: Town) -> None:
    keeper, manager, borrower = (
        town.as_(who) for who in ("keeper", "education_asset_manager", "health_asset_manager")
    )
    paid, waived, found = town.in_store("education", "损坏的电脑", "丢失的电脑", "受潮的电脑")
    loan = lent(town, paid, waived, found)

    def back(asset: UUID, outcome: str, **more: Any) -> UUID:
        done = keeper.done(
            "take_back", lines=[{"asset": asset, "outcome": outcome, **more}], place=town.places["store"]
        )
        [case] = done["damageIds"]
        return UUID(case)

    one = back(paid, "DAMAGED", condition=Condition.BROKEN)
    manager.done("assess_damage", damage=one, cause="NEGLECT", liable=town.bodies["health"], amount=cny(800))
    borrower.done("agree_compensation", damage=one)
    manager.done(
        "record_compensation_paid", damage=one, amount=cny(800), scan=town.paper("赔偿收据"), number="0012"
    )
    two = back(waived, "SWAPPED", brought={"name": "替换的电脑", "serial": "SN-9"})
    manager.done(
        "assess_damage",
        damage=two,
        cause="ACCIDENT",
        liable=town.bodies["health"],
        amount=cny(9000),
        reason="含数据恢复费",
    )
    listed = list_hash((ListItem(asset=waived, quantity=1, value=cny(9000)),))
    number = f"兰机管〔2026〕{uuid4().hex[:4]}号"
    made = town.as_("education_officer").done(
        "record_decision", matter="COMPENSATION", body=town.bodies["education"], authority=town.bodies["offices"], number=number,
        dated=in_days(-2).date(), list_hash=listed, scan=town.paper(listed),
    )["decisionId"]  # fmt: skip
    manager.done("verify_decision", decision=made)
    manager.done("waive_compensation", damage=two, decision=made, reason="抢险中损坏")
    keeper.done("take_back", lines=[{"asset": found}], place=town.places["store"])
    late = keeper.done(
        "report_damage", loan=loan, asset=found, condition=Condition.BROKEN, said="验收时发现受潮"
    )["damageId"]
    manager.done("assess_damage", damage=late, cause="FORCE_MAJEURE")


LOANS = [longer_and_back_earlier, a_borrower_is_blocked_and_cleared, damaged_and_settled]
