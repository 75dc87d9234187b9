"""Codes of others on a thing: what they are, and which of them people should scan."""

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, CodeKind, OtherCode


class CodeAttached(Fact, frozen=True, kw_only=True):
    """It carries this code too, from that day on; `preferred`: it is the one to scan, in place of our own label."""

    TOPIC = "asset.code_attached"
    kind: CodeKind
    code: str
    preferred: bool = False

    def apply(self, thing: Asset, at: Stamp) -> None:
        since = next((one.since for one in thing.codes if one.code == self.code), at.occurred_at)
        others = tuple(one for one in thing.codes if one.code != self.code)
        thing.codes = (*others, OtherCode(self.kind, self.code, since))
        if self.preferred:
            thing.preferred_code = self.code
        elif thing.preferred_code == self.code:
            thing.preferred_code = ""


class CodeRemoved(Fact, frozen=True, kw_only=True):
    """It does not carry this code any more, or never did; the command's reason says which."""

    TOPIC = "asset.code_removed"
    code: str

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.codes = tuple(one for one in thing.codes if one.code != self.code)
        if thing.preferred_code == self.code:
            thing.preferred_code = ""
