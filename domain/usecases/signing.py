"""One-time codes: asked for by the side that signs, typed in by the other side, then good for one signature.

`issue_code` on the signer's side shows digits once; the signer says them; `enter_code` at the counter tries them, and what it gives is
the `code` of a signature in the command that hands over. A try is a fact, also a wrong one.
"""

from uuid import UUID

from domain.body import Body
from domain.command import Command
from domain.papers.loan import LoanLine
from domain.papers.request import Request
from domain.papers.signing import (
    DIGITS,
    VALID_FOR,
    CodeEntered,
    CodeIssued,
    CodeMistyped,
    CodeNotEntered,
    Signing,
    of_a_list,
    sealed,
    signing_of,
)
from domain.refusals import InvalidValue, Unknown
from domain.usecases import Outcome, use_case
from domain.usecases.duty_persons import must_be_a_member
from domain.values import Fresh, Role, Secret

SIGNERS = (Role.KEEPER, Role.OFFICER, Role.APPROVER, Role.ASSET_MANAGER, Role.ADMINISTRATOR)
FOR_OTHERS = (Role.OFFICER, Role.ASSET_MANAGER)


@use_case("issue_code", by=SIGNERS, emits=(CodeIssued,), gives=("signing",))
def issue_code(
    c: Command, *, digits: Fresh, paper: UUID | None = None, lines: tuple[LoanLine, ...] = (), person: UUID | None = None,
    body: UUID | None = None,
) -> Outcome:  # fmt: skip
    """Gives a one-time code for a signature under a paper, a thing, or a list of things, and shows it this once.

    For oneself; for a duty person without an account (`person`, `body`) an officer of that body asks. An older code for it is void.
    """
    signer = person or c.person
    if signer != c.person:
        if body is None:
            raise InvalidValue("body", value="", because="person_of_a_body")
        theirs = c.load(Body, body, "body")
        c.must(FOR_OTHERS, *theirs.scopes)
        must_be_a_member(c, theirs, signer, "person", with_account=False)
    if len(digits.said) != DIGITS or not (digits.said.isascii() and digits.said.isdigit()):
        raise InvalidValue("digits", value="", because="digits", most=DIGITS)
    about = _about(paper, lines)
    signing, salt = c.begin(Signing, signing_of(signer, about)), c.new_id().hex
    seal, until = sealed(digits, salt), c.now + VALID_FOR
    issued = CodeIssued(
        person=signer, about=about, salt=salt, seal=seal, until=until, listed=_scanned(c, paper)
    )
    signing.record(issued)
    return {"signing": signing.id}


@use_case("enter_code", by=SIGNERS, emits=(CodeEntered, CodeMistyped), gives=("code", "tries_left"))
def enter_code(
    c: Command, *, person: UUID, digits: Secret, paper: UUID | None = None, lines: tuple[LoanLine, ...] = ()
) -> Outcome:
    """Types in the code somebody says who signs a paper, a thing, or a list of things.

    If it is right, `code` goes into the signature. If it is wrong, that is written down, and after five tries a new one is needed.
    """
    signing = c.begin(Signing, signing_of(person, _about(paper, lines)))
    if not signing.version:
        raise CodeNotEntered("person")
    right = signing.enter(digits, c.now, "digits")
    return (
        {"code": signing.id, "tries_left": signing.tries_left}
        if right
        else {"tries_left": signing.tries_left}
    )


def _scanned(c: Command, paper: UUID | None) -> str:
    """For a request: what is at the counter now, so that nothing is added to it after it was signed for."""
    try:
        return of_a_list(c.load(Request, paper).picked.items()) if paper is not None else ""
    except Unknown:
        return ""


def _about(paper: UUID | None, lines: tuple[LoanLine, ...]) -> str:
    if (paper is None) == (not lines):
        raise InvalidValue("paper", value=str(paper or ""), because="paper_or_lines")
    return str(paper) if paper is not None else of_a_list((line.asset, line.quantity) for line in lines)
