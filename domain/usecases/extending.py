"""Longer than agreed: the borrower asks, the lender's side grants or refuses; only what is still out is asked about again.

Somebody else's promise, in the time that is asked for, stands in the way, and it says whose and when. How often and how long is
policy; extending what is overdue lets it run again.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.life.on_loan import LoanExtended
from domain.limits import claimed, must_be_open_at, must_be_within_term, ready_after, terms_for, zone_of
from domain.papers.loan import Asked, Loan, LoanLine
from domain.papers.running_loan import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    InTheWay,
    NoExtension,
)
from domain.refusals import InvalidValue, Refusal
from domain.terms import LoanTerms
from domain.usecases import Outcome, use_case
from domain.usecases.blocking import days_after
from domain.usecases.loan_rules import (
    ASKING,
    LENDING_SIDE,
    LoanIsRecalled,
    NotAsked,
    NothingOut,
    ask_loan,
    must_not_be_used_up,
)
from domain.usecases.lots import FOR_EVER
from domain.values import Window

NAMED = 5


class ExtensionTooLong(Refusal):
    """One extension lasts no longer than the terms allow."""

    code = "EXTENSION_TOO_LONG"


class ExtensionClashes(Refusal):
    """Somebody else is promised it in the time that is asked for."""

    code = "EXTENSION_CLASHES"


@use_case("request_extension", by=ASKING, emits=(ExtensionRequested,), gives=("loan",))
def request_extension(c: Command, *, loan: UUID, due: datetime, assets: tuple[UUID, ...] = ()) -> Outcome:
    """The borrower asks to keep what is still out (or only these things) until another day."""
    paper = ask_loan("request_extension", c, c.load(Loan, loan, "loan"))
    wanted = still_out(paper, assets)
    if paper.recalled & {*wanted}:
        raise LoanIsRecalled("loan")
    must_be_within_terms(c, paper, c.load_all(Asset, wanted), due)
    paper.record(ExtensionRequested(due=due, assets=tuple(wanted)))
    return {"loan": paper.id}


@use_case(
    "grant_extension",
    by=LENDING_SIDE,
    emits=(ExtensionGranted, LoanExtended),
    gives=("loan",),
)
def grant_extension(c: Command, *, loan: UUID, due: datetime | None = None) -> Outcome:
    """Grants what was asked for, or a shorter time, for what is still out. Never by whoever asked."""
    paper = ask_loan("grant_extension", c, c.load(Loan, loan, "loan"))
    asked = _asked(paper)
    if due is not None and due > asked.due:
        raise InvalidValue("due", value=due.isoformat(), latest=asked.due.isoformat())
    return _extend(c, paper, [asset for asset in asked.assets if asset in paper.out], due or asked.due)


@use_case("refuse_extension", by=LENDING_SIDE, emits=(ExtensionRefused,), gives=("loan",))
def refuse_extension(c: Command, *, loan: UUID, why: NoExtension) -> Outcome:
    """Refuses it, for a reason from the list. Who is promised it, and when, is written down with it."""
    paper = ask_loan("refuse_extension", c, c.load(Loan, loan, "loan"))
    asked = _asked(paper)
    assets = c.load_all(Asset, [asset for asset in asked.assets if asset in paper.out])
    clashes = clashes_of(c, paper, assets, asked.due)
    paper.record(ExtensionRefused(why=why, due=asked.due, clashes=tuple(clashes)))
    return {"loan": paper.id}


@use_case(
    "extend_loan",
    by=LENDING_SIDE,
    emits=(ExtensionGranted, LoanExtended),
    gives=("loan",),
)
def extend_loan(c: Command, *, loan: UUID, due: datetime, assets: tuple[UUID, ...] = ()) -> Outcome:
    """The lender's side extends it without having been asked here, for what is still out (or only these things)."""
    paper = ask_loan("extend_loan", c, c.load(Loan, loan, "loan"))
    return _extend(c, paper, still_out(paper, assets), due)


def still_out(paper: Loan, assets: Sequence[UUID]) -> list[UUID]:
    """The lines that are meant: of those still out all, or the named ones."""
    if not paper.out or not {*assets} <= {*paper.out}:
        raise NothingOut("assets" if paper.out else "loan")
    return [asset for asset in paper.out if asset in assets] if assets else list(paper.out)


def must_be_within_terms(c: Command, paper: Loan, assets: Sequence[Asset], due: datetime) -> None:
    """Later than agreed and than now, not too often, not too long at a time, and not too long in all for this item and borrower."""
    borrower = c.load(Body, paper.borrower)
    for asset in assets:
        before = paper.dues.get(asset.id) or paper.due
        if due <= c.now or (before is not None and due <= before):
            raise InvalidValue("due", value=due.isoformat(), after=max(c.now, before or c.now).isoformat())
        found = terms_for(c, LoanTerms, asset)
        must_not_be_used_up(c, paper, asset)
        days = days_after(zone_of(c, asset), before, due) if before is not None else 0
        if days > found.terms.extension_days:
            raise ExtensionTooLong(
                "due",
                asset=asset.number,
                days=days,
                most=found.terms.extension_days,
                rule=found.rule,
                policy=found.policy,
            )
        must_be_open_at(c, asset, due, "due")
        out = asset.outs.get(paper.id)
        if out is not None:
            window = Window(out.since, due)
            must_be_within_term(
                c, asset=asset, borrower=borrower, window=window, path="due", extensions=paper.extensions + 1
            )


def clashes_of(c: Command, paper: Loan, assets: Sequence[Asset], due: datetime) -> list[InTheWay]:
    """Who is promised or has what of these things in the time from the agreed day (or now) on, where there isn't enough for both."""
    found = []
    for asset in assets:
        out = asset.outs.get(paper.id)
        if out is None or due <= c.now:
            continue
        window = claimed(c, asset, Window(max(c.now, out.due) if out.due and out.due < due else c.now, due))
        if asset.free(window, c.now, paper.id) >= out.quantity:
            continue
        found += [
            InTheWay(asset.id, one.body, one.quantity, one.window.start, one.window.end)
            for one in asset.promises.values()
            if one.binds(c.now) and one.window.overlaps(window)
        ]
        found += [
            InTheWay(asset.id, one.custody.body, one.quantity, one.since, one.due)
            for loan, one in asset.outs.items()
            if loan != paper.id and Window(one.since, _until(c, one.due)).overlaps(window)
        ]
    return found


def _extend(c: Command, paper: Loan, wanted: Sequence[UUID], due: datetime) -> Outcome:
    assets = c.load_all(Asset, wanted)
    must_be_within_terms(c, paper, assets, due)
    clashes = clashes_of(c, paper, assets, due)
    if clashes:
        raise ExtensionClashes("due", count=len(clashes), clashes=_said(c, clashes))
    paper.record(
        ExtensionGranted(due=due, lines=tuple(LoanLine(asset.id, paper.out[asset.id]) for asset in assets))
    )
    for asset in assets:
        asset.record(LoanExtended(loan=paper.id, due=due, ready=ready_after(c, asset, due)))
    return {"loan": paper.id}


def _asked(paper: Loan) -> Asked:
    if paper.asked is None:
        raise NotAsked("loan")
    return paper.asked


def _until(c: Command, due: datetime | None) -> datetime:
    """When another loan ends: an overdue one, or one without a day, nobody knows when."""
    return due if due is not None and due > c.now else FOR_EVER


def _said(c: Command, clashes: Sequence[InTheWay]) -> str:
    """Who and when, as a refusal says it."""
    names = {body.id: body.name for body in c.load_all(Body, dict.fromkeys(one.body for one in clashes))}
    return "; ".join(
        f"{names[one.body]} ({one.start.isoformat()} – {one.end.isoformat() if one.end else ''})"
        for one in clashes[:NAMED]
    )
