"""Codes of others that a thing carries besides our label: attached, preferred, removed. They find it, and need not be unique."""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CodeKind
from domain.command import Command
from domain.label_code import Foreign, OwnCode, read, written
from domain.life.coding import CodeAttached, CodeRemoved
from domain.refusals import AlreadyDone, InvalidValue, Refusal, TooMany
from domain.usecases import Outcome, ask, use_case
from domain.usecases.pooling import ReasonMissing
from domain.values import Role

MOST_CODES = 20
LONGEST_CODE = 100
LABEL = "label"
"""The kind of claim that a label's own token is."""
_SCHEMES = {"GIAI": CodeKind.GIAI, "GRAI": CodeKind.GRAI}


class CodeIsALabel(Refusal):
    """It is the code of one of our own labels: labels are bound, not attached."""

    code = "CODE_IS_A_LABEL"


class NoSuchCode(Refusal):
    """The thing carries no such code of others."""

    code = "NO_SUCH_CODE"


def it_carries_not_too_many_codes(c: Command, asset: Asset) -> None:
    if len(asset.codes) >= MOST_CODES:
        raise TooMany("code", most=MOST_CODES)


def it_carries_a_code_of_others(c: Command, asset: Asset) -> None:
    if not asset.codes:
        raise NoSuchCode("code", asset=asset.number)


CODING = (rule.its_holder_or_keeper_asks, rule.it_is_alive)
ATTACHING = (*CODING, it_carries_not_too_many_codes)
REMOVING = (*CODING, it_carries_a_code_of_others)


@use_case(
    "attach_code",
    by=(Role.ASSET_MANAGER, Role.KEEPER, Role.OFFICER),
    emits=(CodeAttached,),
    gives=("asset",),
    rules=ATTACHING,
)
def attach_code(c: Command, *, asset: UUID, kind: CodeKind, code: str, preferred: bool = False) -> Outcome:
    """Notes a code of somebody else's that the thing carries: an old sticker, the maker's barcode, a GS1 identifier. It finds the thing.

    Others may carry the same one. `preferred`: people should scan this one; attached again without it, our own label is preferred again.
    """
    one = c.load(Asset, asset, "asset")
    text = _as_kept(c, kind, code)
    if any(known.code == text for known in one.codes):
        ask(CODING, c, one)
        known = next(known for known in one.codes if known.code == text)
        if (known.kind, preferred) == (kind, one.preferred_code == text):
            raise AlreadyDone("code", what=text)
    else:
        ask(ATTACHING, c, one)
    one.record(CodeAttached(kind=kind, code=text, preferred=preferred))
    return {"asset": one.id}


@use_case(
    "remove_code",
    by=(Role.ASSET_MANAGER, Role.KEEPER, Role.OFFICER),
    emits=(CodeRemoved,),
    gives=("asset",),
    rules=REMOVING,
)
def remove_code(c: Command, *, asset: UUID, code: str) -> Outcome:
    """The thing does not carry a code of others any more: it no longer finds it. Needs a reason."""
    one = c.load(Asset, asset, "asset")
    ask(REMOVING, c, one)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    scanned = read(code)
    text = scanned.text if isinstance(scanned, Foreign) else written(code)
    if all(known.code != text for known in one.codes):
        raise NoSuchCode("code", asset=one.number)
    one.record(CodeRemoved(code=text))
    return {"asset": one.id}


def _as_kept(c: Command, kind: CodeKind, code: str) -> str:
    """The code as it is compared: of a GS1 Digital Link its identifier. Raises `InvalidValue`, and `CodeIsALabel` for a label of ours."""
    scanned = read(code)
    if isinstance(scanned, OwnCode) and c.owner_of(LABEL, scanned.token) is not None:
        raise CodeIsALabel("code")
    text = (
        scanned.text
        if isinstance(scanned, Foreign)
        else written(code)
        if isinstance(scanned, OwnCode)
        else ""
    )
    if not text or len(text) > LONGEST_CODE or not text.isprintable():
        raise InvalidValue("code", value=text[:40], longest=LONGEST_CODE)
    scheme = scanned.scheme if isinstance(scanned, Foreign) else None
    if scheme is not None and kind is not _SCHEMES[scheme]:
        raise InvalidValue("kind", value=kind, expected=_SCHEMES[scheme])
    return text
