"""What can carry a label, whose it is, and who may label it: one row per kind in `LABELLED`.

Deny by default: whoever may label a thing manages it for its holder, or keeps it. A blank is bound by the body it was printed for.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Kind
from domain.body import Body
from domain.command import Command
from domain.label import (
    EVER_LABELLED,
    OWN_LABEL,
    TOKEN,
    AlreadyLabelled,
    BlankOfAnotherBody,
    Label,
    LabelFor,
    LabelKind,
    NoSuchPiece,
    NotItsSuccessor,
)
from domain.label_code import Misread, OwnCode, grouped, new_token, read
from domain.papers.kit import Kit
from domain.papers.slip import SlipIssued, slip_number
from domain.place import Place
from domain.refusals import InvalidValue, NotYours, Refusal, Unknown
from domain.usecases import ask
from domain.values import ROOT, Role

BY = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)
PREPRINTING = (Role.KEEPER, Role.ASSET_MANAGER)
ON_AN_ASSET = (rule.its_holder_or_keeper_asks, rule.it_is_alive)
MOST_SUCCESSORS = 200
PIECES_AT_ONCE = 500


class Bearer(NamedTuple):
    """What carries a label: what it is called, whose it is, and who else has it."""

    called: str
    body: UUID
    kept_by: tuple[UUID, ...]


class Kept(NamedTuple):
    """How one kind of thing is looked at: found (raises `Unknown`), asked whether this account labels it, and whether it still is."""

    find: Callable[[Command, LabelFor, str], Bearer]
    may: Callable[[Command, LabelFor], None]
    is_there: Callable[[Command, LabelFor, str], None]


def bearer(c: Command, what: LabelFor, path: str = "to") -> Bearer:
    """What a label names, or is to name. Raises `Unknown`."""
    return LABELLED[what.kind].find(c, what, path)


def the_asker_labels_it(c: Command, what: LabelFor, path: str = "to") -> Bearer:
    """Deny by default; a refusal names the line it is about."""
    found = bearer(c, what, path)
    try:
        LABELLED[what.kind].may(c, what)
    except Refusal as no:
        no.path = path
        raise
    return found


def it_can_be_labelled(c: Command, what: LabelFor, path: str = "to") -> Bearer:
    """By this account, and now: what is gone, dissolved or closed gets no new label."""
    found = the_asker_labels_it(c, what, path)
    try:
        LABELLED[what.kind].is_there(c, what, path)
    except Refusal as no:
        no.path = path
        raise
    return found


def a_keeper_or_its_labeller_asks(c: Command, label: Label, path: str = "label") -> None:
    """For what has happened to a sticker: whoever labels its thing says so, and whoever keeps a store. Of a blank, its body."""
    if label.names is None:
        the_asker_stands_for(c, label.body, path)
        return
    try:
        the_asker_labels_it(c, label.names, path)
    except Refusal:
        c.must((Role.KEEPER,), *(grant.scope for grant in c.account.grants))


def the_asker_manages(c: Command, label: Label, path: str = "label") -> None:
    """For what is decided about a label: whoever labels its thing; of a blank, its body."""
    if label.names is None:
        the_asker_stands_for(c, label.body, path)
    else:
        the_asker_labels_it(c, label.names, path)


def the_asker_preprints_for(c: Command, body: UUID, path: str = "body") -> Body:
    """The keeper of a store that this body runs or owns, or a keeper or asset manager of the body."""
    found = c.load(Body, body, path)
    if any(c.may(role, *found.scopes) for role in PREPRINTING):
        return found
    stores = (_scope(c, grant.scope) for grant in c.account.grants if grant.role is Role.KEEPER)
    if not any(isinstance(store, Place) and body in (store.operator, store.owner) for store in stores):
        raise NotYours("account", needs=", ".join(role.value for role in PREPRINTING))
    return found


def the_asker_stands_for(c: Command, body: UUID, path: str = "code") -> None:
    """As keeper, officer or asset manager of this body, of one below it or above it, or of a store that one of these runs."""
    found = c.load(Body, body)
    for grant in c.account.grants:
        if grant.role in BY and (grant.scope == ROOT or grant.scope in found.scopes):
            return
        where = _scope(c, grant.scope) if grant.role in BY else None
        theirs = c.load(Body, where.operator) if isinstance(where, Place) else where
        if isinstance(theirs, Body) and (body in theirs.scopes or theirs.id in found.scopes):
            return
    raise BlankOfAnotherBody(path, body=found.name)


def the_blank_fits(c: Command, label: Label, on: Bearer, path: str = "code") -> None:
    """What stands printed on it is true of the thing: it belongs to the blank's body or below, or is kept there."""
    the_asker_stands_for(c, label.body, path)
    if not any(label.body in c.load(Body, one).scopes for one in dict.fromkeys((on.body, *on.kept_by))):
        raise BlankOfAnotherBody(path, body=c.load(Body, label.body).name)


def by_code(c: Command, code: str, path: str = "code") -> Label:
    """The own label that was scanned or typed. Raises `Unknown`, and `InvalidValue` for what was misread."""
    said = read(code)
    if isinstance(said, Misread):
        raise InvalidValue(path, value=said.text, because="misread")
    owner = c.owner_of(TOKEN, said.token) if isinstance(said, OwnCode) else None
    if owner is None:
        raise Unknown(path, id=grouped(said.token) if isinstance(said, OwnCode) else code[:40])
    return c.load(Label, owner, path)


def drawn(c: Command) -> tuple[Label, str]:
    """A label that is nobody's yet, with a token nobody has."""
    label, token = c.begin(Label), new_token(c.draw)
    c.claim(TOKEN, token, label.id)
    return label, token


def live_label(c: Command, what: LabelFor) -> Label | None:
    """The own label this thing or piece has now."""
    return live_labels(c, [what])[0]


def live_labels(c: Command, whats: Sequence[LabelFor]) -> list[Label | None]:
    """The same for many, looked up in one go. The next piece of a lot has none."""
    keys = [None if what.is_next_piece else what.key for what in whats]
    wanted = [key for key in keys if key is not None]
    owners = c.owners_of(OWN_LABEL, wanted) if wanted else {}
    labels = {one.id: one for one in c.load_all(Label, dict.fromkeys(owners.values()))}
    return [labels[owners[key]] if key is not None and key in owners else None for key in keys]


def must_have_none(c: Command, what: LabelFor, on: Bearer, path: str = "to") -> None:
    """Raises `AlreadyLabelled`."""
    if live_label(c, what) is not None:
        raise AlreadyLabelled(path, what=on.called)


def take(c: Command, what: LabelFor, label: Label, on: Bearer, path: str = "to") -> None:
    """This thing or piece, which has no label, is this label's from now on. Two who take it at one moment, the log keeps apart."""
    taken = _taken(c)
    if what.key in taken:
        raise InvalidValue(path, value=on.called, once=True)
    taken.add(what.key)
    c.claim(OWN_LABEL, what.key, label.id)
    ever = f"ever {what.thing}"
    if ever not in taken:
        taken.add(ever)
        c.claim(EVER_LABELLED, str(what.thing), what.thing)


def leave(c: Command, label: Label) -> None:
    """What it names is free for another label."""
    named = label.names
    if named is not None:
        c.release(OWN_LABEL, named.key, label.id)


def numbered(c: Command, what: LabelFor, path: str = "to") -> LabelFor:
    """With the number of its piece: the one that was said, or the lowest that has no label."""
    if not what.is_next_piece:
        return what
    ever = c.load(Asset, what.thing, path).pieces
    for first in range(1, ever + 1, PIECES_AT_ONCE):
        some = [_piece(what, n) for n in range(first, min(first + PIECES_AT_ONCE, ever + 1))]
        taken = c.owners_of(OWN_LABEL, [one.key for one in some]).keys() | _taken(c)
        for one in some:
            if one.key not in taken:
                return one
    raise NoSuchPiece(path, asset=c.load(Asset, what.thing).number, most=ever)


def successors(c: Command, asset: Asset) -> list[Asset]:
    """What it has become, nearest first: the lots split off it, the card it went onto, the parts it was taken apart into."""
    found: dict[UUID, Asset] = {}
    layer = [asset]
    while layer and len(found) < MOST_SUCCESSORS:
        next_ids = [id for one in layer for id in _next(one) if id not in found and id != asset.id]
        layer = c.load_all(Asset, list(dict.fromkeys(next_ids))[:MOST_SUCCESSORS])
        found |= {one.id: one for one in layer}
    return list(found.values())


def must_succeed(c: Command, named: LabelFor, to: LabelFor, path: str = "to") -> None:
    """Raises `NotItsSuccessor`. A piece of a lot becomes a piece of another lot, or a thing of its own."""
    if named.kind not in OF_ASSETS or to.kind not in OF_ASSETS:
        raise NotItsSuccessor(path, what=bearer(c, named, path).called, into=bearer(c, to, path).called)
    was, becomes = c.load(Asset, named.thing, path), c.load(Asset, to.thing, path)
    if becomes.id not in {one.id for one in successors(c, was)}:
        raise NotItsSuccessor(path, what=was.number, into=becomes.number)


def _next(asset: Asset) -> Iterable[UUID]:
    yield from asset.parts
    if asset.merged_into is not None:
        yield asset.merged_into


def _taken(c: Command) -> set[str]:
    """What this command has given a label."""
    taken: set[str] = c.worked_out.setdefault(OWN_LABEL, set())
    return taken


def _piece(what: LabelFor, n: int) -> LabelFor:
    return LabelFor(kind=what.kind, thing=what.thing, piece=n)


def _scope(c: Command, id: UUID) -> Body | Place | None:
    """What a role was granted in."""
    found = None if id == ROOT else c.load_any((Body, Place), id)
    return found if isinstance(found, Body | Place) else None


def _asset(c: Command, what: LabelFor, path: str) -> Bearer:
    asset = c.load(Asset, what.thing, path)
    if what.kind is LabelKind.ASSET and what.piece is not None:
        raise InvalidValue(f"{path}.piece", value=what.piece, because="piece_of_a_lot")
    if what.kind is LabelKind.PIECE and asset.kind is not Kind.LOT:
        raise InvalidValue(f"{path}.piece", value=what.piece, because="piece_of_a_lot")
    if what.piece is not None and what.piece < 1:
        raise InvalidValue(f"{path}.piece", value=what.piece, least=1)
    called = asset.number if what.piece is None else f"{asset.number}/{what.piece}"
    keepers: tuple[UUID, ...] = (asset.custody.body,)
    if asset.place is not None:
        keepers += (c.load(Place, asset.place).operator,)
    return Bearer(called, asset.holder, keepers)


def _may_asset(c: Command, what: LabelFor) -> None:
    rule.its_holder_or_keeper_asks(c, c.load(Asset, what.thing))


def _is_asset(c: Command, what: LabelFor, path: str) -> None:
    asset = c.load(Asset, what.thing)
    ask(ON_AN_ASSET[1:], c, asset)
    if what.piece is not None and what.piece > asset.pieces:
        raise NoSuchPiece(path, asset=asset.number, most=asset.pieces)


def _kit(c: Command, what: LabelFor, path: str) -> Bearer:
    kit = c.load(Kit, what.thing, path)
    if what.piece is not None:
        raise InvalidValue(f"{path}.piece", value=what.piece, because="piece_of_a_lot")
    return Bearer(kit.name, kit.holder, tuple(one.custody.body for one in c.load_all(Asset, kit.members)))


def _may_kit(c: Command, what: LabelFor) -> None:
    kit = c.load(Kit, what.thing)
    if not c.may(Role.ASSET_MANAGER, *c.load(Body, kit.holder).scopes):
        for member in c.load_all(Asset, kit.members):
            rule.its_keeper_asks(c, member)
        if not kit.members:
            raise NotYours("account", needs=Role.ASSET_MANAGER.value)


def _is_kit(c: Command, what: LabelFor, path: str) -> None:
    c.load(Kit, what.thing).must_exist(path)


def _place(c: Command, what: LabelFor, path: str) -> Bearer:
    place = c.load(Place, what.thing, path)
    if what.piece is not None:
        raise InvalidValue(f"{path}.piece", value=what.piece, because="piece_of_a_lot")
    return Bearer(place.name, place.owner, (place.operator,))


def _may_place(c: Command, what: LabelFor) -> None:
    place = c.load(Place, what.thing)
    if not c.may(Role.KEEPER, *place.scopes):
        c.must((Role.ASSET_MANAGER,), *c.load(Body, place.operator).scopes, *c.load(Body, place.owner).scopes)


def _is_place(c: Command, what: LabelFor, path: str) -> None:
    place = c.load(Place, what.thing)
    if place.closed:
        place.must_be_in_use(path)


def _slip(c: Command, what: LabelFor, path: str) -> Bearer:
    fact = _issued(c, what, path)
    store = c.load(Place, fact.warehouse)
    called = slip_number(fact.code, fact.kind, fact.year, what.piece or 0)
    return Bearer(called, store.operator, (store.owner,))


def _may_slip(c: Command, what: LabelFor) -> None:
    c.must((Role.KEEPER,), *c.load(Place, _issued(c, what, "to").warehouse).scopes)


def _issued(c: Command, what: LabelFor, path: str) -> SlipIssued:
    found = c.fact_at(what.thing, what.piece) if what.piece is not None and what.piece > 0 else None
    if found is None or not isinstance(found.fact, SlipIssued):
        raise Unknown(path, id=str(what.thing))
    return found.fact


def _always(c: Command, what: LabelFor, path: str) -> None:
    """A slip once issued is there for ever, void or not."""


LABELLED: dict[LabelKind, Kept] = {
    LabelKind.ASSET: Kept(_asset, _may_asset, _is_asset),
    LabelKind.PIECE: Kept(_asset, _may_asset, _is_asset),
    LabelKind.KIT: Kept(_kit, _may_kit, _is_kit),
    LabelKind.PLACE: Kept(_place, _may_place, _is_place),
    LabelKind.SLIP: Kept(_slip, _may_slip, _always),
}
OF_ASSETS = frozenset({LabelKind.ASSET, LabelKind.PIECE})
