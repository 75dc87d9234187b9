"""A kit in a request: asked for, promised, scanned and handed over whole, or not at all.

All its members carry the promise under the request's id, and none of them goes anywhere alone meanwhile. Who belongs to the kit is
asked again at every step: a kit that is not what it was when it was asked for has to be asked for again.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.asset import Asset
from domain.command import Command
from domain.papers.kit import Kit, KitDissolved, KitLent, MemberNotHere, it_is_not_in_a_kit
from domain.papers.request import Request, RequestLine
from domain.refusals import InvalidValue, Refusal
from domain.terms import Form
from domain.usecases import Rule
from domain.usecases.choosing import (
    Ask,
    NotOffered,
    Take,
    must_be_on_offer,
    not_already_requested,
    not_enough,
    point_of,
    spare,
)
from domain.usecases.pooling import NotListed, is_request
from domain.values import Window


class KitChanged(Refusal):
    """Somebody put something into the kit, or took it out, since it was asked for: it has to be asked for again."""

    code = "KIT_CHANGED"


class KitGoesWhole(Refusal):
    """A kit in a request goes whole, or not at all."""

    code = "KIT_GOES_WHOLE"


def find_kit(c: Command, ask: Ask, line: RequestLine, path: str) -> tuple[list[Take], Refusal | None]:
    """All members for this asker, at one lending point, or none and who is in the way. A kit is on offer when all of it is."""
    kit = c.load(Kit, line.kit, f"{path}.kit") if line.kit else None
    members = c.load_all(Asset, kit.members) if kit else []
    if kit is None or not members or not all(one.listing and one.listing.live(c.now) for one in members):
        return [], NotListed(path, asset=str(line.kit))
    if ask.form is Form.TRANSFER:
        return [], NotOffered(path, asset=kit.name, form=ask.form)
    point = point_of(c, members[0])
    if ask.warehouse is not None and point[0] != ask.warehouse:
        raise InvalidValue(f"{path}.warehouse", value=str(ask.warehouse), because="another_lending_point")
    for member in members:
        if point_of(c, member) != point:
            return [], MemberNotHere(path, kit=kit.name, asset=member.number)
        not_already_requested(c, member, ask, path)
    return _all_of(c, ask, members, path)


def whole_kit(c: Command, paper: Request, ask: Ask, line: int) -> tuple[list[Take], Refusal | None]:
    """The same for a request that has been made: all members that are still to be handed over, or none and why not."""
    path = f"lines.{line}"
    try:
        must_be_as_asked(c, paper, line, path)
    except Refusal as no:
        return [], no
    allotted = [asset for asset, (of, _) in paper.units.items() if of == line]
    return _all_of(c, ask, c.load_all(Asset, allotted), path)


def must_be_as_asked(c: Command, paper: Request, line: int, path: str) -> None:
    """The kit of a line still exists, with the very members that were asked for. What is no kit's is as it was."""
    id = paper.lines[line].kit
    if id is None:
        return
    kit = c.load(Kit, id)
    if kit.dissolved:
        raise KitDissolved(path, kit=kit.name)
    if paper.members_of(line) != {*kit.members}:
        raise KitChanged(path, kit=kit.name)


def not_alone(rules: Sequence[Rule], paper: Request) -> tuple[Rule, ...]:
    """These rules for the goods of a request: to members of a kit it asks for, their kit is no hindrance."""
    kits = {line.kit for line in paper.lines if line.kit is not None}

    def it_is_not_in_another_kit(c: Command, asset: Asset) -> None:
        if asset.kit not in kits or asset.id not in paper.units:
            it_is_not_in_a_kit(c, asset)

    return tuple(it_is_not_in_another_kit if one is it_is_not_in_a_kit else one for one in rules)


def kits_at_the_counter(c: Command, paper: Request) -> list[Kit]:
    """The kits of which something was scanned: all of each, or it is refused."""
    found = []
    for n, line in enumerate(paper.lines):
        scanned = sum(some for asset, some in paper.picked.items() if paper.units[asset][0] == n)
        if line.kit is not None and scanned:
            must_be_as_asked(c, paper, n, "request")
            if scanned < paper.left[n]:
                raise KitGoesWhole("request", kit=line.kit_name, quantity=scanned, wanted=paper.left[n])
            found.append(c.load(Kit, line.kit))
    return found


def must_go_whole(c: Command, promise: UUID, asset: Asset, given: Iterable[UUID]) -> None:
    """What keeps a request's promise of a kit goes with all that is left of the kit, also when it was taken out of it since."""
    if not is_request(c, promise):
        return
    paper = c.load(Request, promise)
    line = paper.units[asset.id][0] if asset.id in paper.units else None
    if line is None or paper.lines[line].kit is None:
        return
    rest = {one for one, (of, _) in paper.units.items() if of == line}
    if rest - {*given}:
        name = paper.lines[line].kit_name
        raise KitGoesWhole("asset", kit=name, quantity=len(rest & {*given}), wanted=len(rest))


def only_asked_for(c: Command, asset: Asset, window: Window) -> bool:
    """Its kit is not out, and promised to nobody but requests for this time: they lose it whole if they have to."""
    kit = c.load(Kit, asset.kit) if asset.kit is not None else None
    if kit is None:
        return True
    members = c.load_all(Asset, kit.members)
    return not kit.out_on(members) and all(
        is_request(c, paper) and paper in asset.promises and asset.promises[paper].window.overlaps(window)
        for paper in kit.promised(members, c.now)
    )


def went_out(kits: Sequence[Kit], loan: UUID, paper: Request) -> None:
    """So that at the return every member is ticked."""
    for kit in kits:
        kit.record(KitLent(loan=loan, reservation=paper.id))


def _all_of(c: Command, ask: Ask, members: Sequence[Asset], path: str) -> tuple[list[Take], Refusal | None]:
    for member in members:
        try:
            must_be_on_offer(c, member, ask, path, whole_kit=True)
        except Refusal as no:
            return [], no
        if spare(c, member, ask) < 1:
            return [], not_enough(c, ask, RequestLine(quantity=1, asset=member.id), 1, (), path)
    return [Take(member, 1) for member in members], None
