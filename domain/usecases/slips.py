"""Slips after they were issued: gate passes, voids and reprints. A number once given stays used."""

from uuid import UUID

from domain.asset import Asset
from domain.command import Command
from domain.numbering import paper_number
from domain.papers.loan import Loan
from domain.papers.slip import (
    SlipIssued,
    SlipKind,
    SlipMarks,
    SlipReprinted,
    SlipVoided,
    issue_slip,
    line_of,
    marks_of,
    series_of,
)
from domain.place import Place
from domain.refusals import AlreadyDone, Unknown
from domain.usecases import Outcome, use_case
from domain.usecases.pooling import ReasonMissing
from domain.values import Role


@use_case("issue_gate_pass", by=(Role.KEEPER,), emits=(SlipIssued,), gives=("series",))
def issue_gate_pass(c: Command, *, loan: UUID) -> Outcome:
    """A gate pass (出门条) for what is out on a loan."""
    paper = c.load(Loan, loan, "loan")
    if paper.warehouse is None:
        raise Unknown("loan", id=str(loan))
    store = c.load(Place, paper.warehouse)
    c.must((Role.KEEPER,), *store.scopes)
    if not paper.out:
        raise AlreadyDone("loan", what=paper_number(Loan.KIND, paper.id))
    lines = tuple(line_of(asset, paper.out[asset.id]) for asset in c.load_all(Asset, paper.out))
    return {
        "series": issue_slip(
            c, SlipKind.GATE_PASS, store, paper.id, lines, giver=paper.lender, receiver=paper.borrower
        )
    }


@use_case("void_slip", by=(Role.KEEPER,), emits=(SlipVoided,), gives=("number",))
def void_slip(c: Command, *, warehouse: UUID, kind: SlipKind, year: int, number: int) -> Outcome:
    """Declares a slip void. It stays in the series for everybody to see. Needs a reason."""
    marks = _marks(c, warehouse, kind, year, number)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    marks.void(number)
    return {"number": number}


@use_case("reprint_slip", by=(Role.KEEPER,), emits=(SlipReprinted,), gives=("number", "copy"))
def reprint_slip(c: Command, *, warehouse: UUID, kind: SlipKind, year: int, number: int) -> Outcome:
    """Prints a slip again: the copy is marked (补打) and counted."""
    marks = _marks(c, warehouse, kind, year, number)
    marks.reprint(number)
    return {"number": number, "copy": marks.copies[number]}


def _marks(c: Command, warehouse: UUID, kind: SlipKind, year: int, number: int) -> SlipMarks:
    store = c.load(Place, warehouse, "warehouse")
    c.must((Role.KEEPER,), *store.scopes)
    series = series_of(store.id, kind, year)
    if c.fact_at(series, number) is None:
        raise Unknown("number", id=str(number))
    return c.begin(SlipMarks, marks_of(series))
