"""Longer than agreed: the borrower asks, the lender's side grants or refuses; only what is still out is asked about again.

Somebody else's promise, in the time that is asked for, stands in the way, and it says whose and when. How often and how long is
policy; extending what is overdue lets it run again.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.asset import Asset
from domain.body import Body, must_have_standing
from domain.command import Command
from domain.life.on_loan import LoanExtended
from domain.limits import claimed, must_be_within_term, ready_after, terms_for, zone_of
from domain.papers.loan import Loan, LoanLine
from domain.papers.running_loan import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    InTheWay,
    NoExtension,
)
from domain.policies import not_the_same_person
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.terms import LoanTerms
from domain.usecases import Outcome, use_case
from domain.usecases.blocking import days_after, scopes_at
from domain.usecases.lots import FOR_EVER
from domain.values import Role, Window

ASKING = (Role.OFFICER, Role.ASSET_MANAGER)
LENDING_SIDE = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)
NAMED = 5


class NothingOut(Refusal):
    """Nothing of this loan is out any more, or not this."""

    code = "NOTHING_OUT"


class LoanIsRecalled(Refusal):
    """It was recalled: it comes back, unless its lender extends it of its own accord."""

    code = "LOAN_IS_RECALLED"


class NotAsked(Refusal):
    """Nobody has asked for an extension."""

    code = "NOT_ASKED"


class ExtensionsUsedUp(Refusal):
    """It was extended as often as the terms allow."""

    code = "EXTENSIONS_USED_UP"


class ExtensionTooLong(Refusal):
    """One extension lasts no longer than the terms allow."""

    code = "EXTENSION_TOO_LONG"


class ExtensionClashes(Refusal):
    """Somebody else is promised it in the time that is asked for."""

    code = "EXTENSION_CLASHES"


@use_case("request_extension", by=ASKING, emits=(ExtensionRequested,), gives=("loan",))
def request_extension(c: Command, *, loan: UUID, due: datetime, assets: tuple[UUID, ...] = ()) -> Outcome:
    """The borrower asks to keep what is still out (or only these things) until another day."""
    paper = c.load(Loan, loan, "loan")
    borrower = c.load(Body, paper.borrower)
    c.must(ASKING, *borrower.scopes)
    must_have_standing(borrower, c, "loan")
    if paper.asked is not None:
        raise AlreadyDone("loan", what=paper.asked.due.date().isoformat())
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
    paper = of_the_lender(c, loan)
    if paper.asked is None:
        raise NotAsked("loan")
    not_the_same_person(c.person, (paper.asked.person,), "approver", "applicant")
    if due is not None and due > paper.asked.due:
        raise InvalidValue("due", value=due.isoformat())
    wanted = [asset for asset in paper.asked.assets if asset in paper.out]
    if not wanted:
        raise NothingOut("loan")
    return _extend(c, paper, wanted, due or paper.asked.due)


@use_case("refuse_extension", by=LENDING_SIDE, emits=(ExtensionRefused,), gives=("loan",))
def refuse_extension(c: Command, *, loan: UUID, why: NoExtension) -> Outcome:
    """Refuses it, for a reason from the list. Who is promised it, and when, is written down with it."""
    paper = of_the_lender(c, loan)
    if paper.asked is None:
        raise NotAsked("loan")
    assets = c.load_all(Asset, [asset for asset in paper.asked.assets if asset in paper.out])
    clashes = clashes_of(c, paper, assets, paper.asked.due)
    paper.record(ExtensionRefused(why=why, due=paper.asked.due, clashes=tuple(clashes)))
    return {"loan": paper.id}


@use_case(
    "extend_loan",
    by=LENDING_SIDE,
    emits=(ExtensionGranted, LoanExtended),
    gives=("loan",),
)
def extend_loan(c: Command, *, loan: UUID, due: datetime, assets: tuple[UUID, ...] = ()) -> Outcome:
    """The lender's side extends it without having been asked here, for what is still out (or only these things)."""
    paper = of_the_lender(c, loan)
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
        origin = {"rule": found.rule, "policy": found.policy}
        if paper.extensions >= found.terms.extensions:
            raise ExtensionsUsedUp("loan", count=paper.extensions, most=found.terms.extensions, **origin)
        days = days_after(zone_of(c, asset), before, due) if before is not None else 0
        if days > found.terms.extension_days:
            raise ExtensionTooLong(
                "due", asset=asset.number, days=days, most=found.terms.extension_days, **origin
            )
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
        if out is None:
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


def of_the_lender(c: Command, loan: UUID) -> Loan:
    """The loan, for the keeper of the store it was lent from, or the lender's own people."""
    paper = c.load(Loan, loan, "loan")
    c.must(LENDING_SIDE, *scopes_at(c, paper.point), *c.load(Body, paper.lender).scopes)
    if not paper.out:
        raise NothingOut("loan")
    return paper


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
