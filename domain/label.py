"""A label (标签) is a thing of its own: a random token on a sticker, and what that sticker names today.

It is pre-printed blank and bound at its first scan, or drawn for a thing and printed; printed again (补打) it keeps its token; replaced,
the old token is retired for good and still tells what it was. A thing, or a piece of a lot, has one live own label at most, and a label
names one thing: two claims in the log keep both (`TOKEN`, `OWN_LABEL`). docs/decisions/0020-a-label-is-a-thing-of-its-own.md
"""

from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.label_code import grouped
from domain.refusals import Refusal
from domain.values import Value

TOKEN, OWN_LABEL, EVER_LABELLED = "label", "labelled", "ever_labelled"
"""The kinds of claims: a token is one label's for good; a thing or a piece is one live label's; a thing that ever had a label says so."""


class LabelKind(StrEnum):
    """What a label can name. One more kind is one more row in `usecases/labelling_rules.py`."""

    ASSET = "asset"
    PIECE = "piece"
    KIT = "kit"
    PLACE = "place"
    SLIP = "slip"


class LabelState(StrEnum):
    """Blank: names nothing yet. Live: serves. Retired and revoked: only tell what they were; neither is ever live again."""

    BLANK = "label_blank"
    LIVE = "label_live"
    RETIRED = "label_retired"
    REVOKED = "label_revoked"


class Affixed(StrEnum):
    """Where the sticker is: on the thing itself, on its case, with whoever has it, or at the place where it stands."""

    ON_THING = "on_thing"
    ON_CASE = "on_case"
    WITH_CUSTODIAN = "with_custodian"
    AT_PLACE = "at_place"


class LabelReason(StrEnum):
    """Why a label is replaced or revoked. `other` needs the command's reason in words; `double`: the thing was registered twice."""

    WORN = "label_worn"
    DAMAGED = "label_damaged"
    LOST = "label_lost"
    WRONG_THING = "label_on_wrong_thing"
    MISPRINTED = "label_misprinted"
    COPIED = "label_copied"
    NOT_NEEDED = "label_not_needed"
    DOUBLE = "label_of_double"
    OTHER = "label_other"


class LabelFor(Value, frozen=True, kw_only=True):
    """What a label names. `piece`: which piece of a lot, or which number of a series of slips (`thing`: the series)."""

    kind: LabelKind
    thing: UUID
    piece: int | None = None

    @property
    def key(self) -> str:
        """What at most one live label claims."""
        return str(self.thing) if self.piece is None else f"{self.thing}/{self.piece}"

    @property
    def is_next_piece(self) -> bool:
        """A piece of a lot that nobody has numbered yet: the lowest number without a label is meant."""
        return self.kind is LabelKind.PIECE and self.piece is None


class LabelNotBlank(Refusal):
    """Only a blank label can be bound: this one names something, or was withdrawn."""

    code = "LABEL_NOT_BLANK"


class LabelNotLive(Refusal):
    """The label is blank, retired or revoked: it names nothing that could be printed, moved or replaced."""

    code = "LABEL_NOT_LIVE"


class AlreadyLabelled(Refusal):
    """The thing or the piece has a live label: replace that one, or print it again."""

    code = "ALREADY_LABELLED"


class BlankOfAnotherBody(Refusal):
    """A blank label names the body it was printed for: only that body and its subordinates bind it, to what they hold or keep."""

    code = "BLANK_OF_ANOTHER_BODY"


class NotItsSuccessor(Refusal):
    """A label moves only to what its thing has become: by a split, a merger, itemising, or a double registration that was ended."""

    code = "NOT_ITS_SUCCESSOR"


class NoSuchPiece(Refusal):
    """The lot never had so many pieces, or all that it had have a label."""

    code = "NO_SUCH_PIECE"


class LabelPreprinted(Fact, frozen=True, kw_only=True):
    """A blank label was printed for a body; it names nothing until it is bound at its first scan."""

    TOPIC = "label.preprinted"
    token: str
    body: UUID
    job: UUID | None = None

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.token, thing.body, thing.blank_of, thing.job = self.token, self.body, self.body, self.job
        thing.on_paper = self.job is not None


class LabelIssued(Fact, frozen=True, kw_only=True):
    """A label was drawn for a thing, to be printed. `body`: whose the thing is."""

    TOPIC = "label.issued"
    token: str
    to: LabelFor
    body: UUID
    job: UUID | None = None

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.token, thing.job, thing.on_paper = self.token, self.job, self.job is not None
        thing.name_it(self.to, self.body)


class LabelPrinted(Fact, frozen=True, kw_only=True):
    """A label that had been drawn before came on paper for the first time, by a print job."""

    TOPIC = "label.printed"
    job: UUID

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.job, thing.on_paper = self.job, True


class LabelBound(Fact, frozen=True, kw_only=True):
    """A blank label was stuck on and scanned for the first time: from now on it names this. `body`: whose the thing is."""

    TOPIC = "label.bound"
    to: LabelFor
    body: UUID
    affixed: Affixed = Affixed.ON_THING

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.name_it(self.to, self.body)
        thing.affixed, thing.on_paper = self.affixed, True


class LabelMoved(Fact, frozen=True, kw_only=True):
    """The thing it named has gone on as this one: on another card, or as a part of the lot. The sticker stayed where it was."""

    TOPIC = "label.moved"
    to: LabelFor
    body: UUID

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.name_it(self.to, self.body)


class LabelReprinted(Fact, frozen=True, kw_only=True):
    """The same label was printed once more (补打), copy so many; the token stays."""

    TOPIC = "label.reprinted"
    copy: int
    job: UUID | None = None

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.copies, thing.job, thing.damaged, thing.on_paper = self.copy, self.job or thing.job, False, True


class LabelReplaced(Fact, frozen=True, kw_only=True):
    """Another label (`by`) names the thing now; this token is retired for good."""

    TOPIC = "label.replaced"
    by: UUID
    why: LabelReason

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.state, thing.by, thing.why = LabelState.RETIRED, self.by, self.why


class LabelRevoked(Fact, frozen=True, kw_only=True):
    """The label is withdrawn; nothing takes its place. Whoever scans it is told so."""

    TOPIC = "label.revoked"
    why: LabelReason

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.state, thing.why = LabelState.REVOKED, self.why


class LabelAffixed(Fact, frozen=True, kw_only=True):
    """The sticker was seen, or stuck on, there."""

    TOPIC = "label.affixed"
    where: Affixed
    note: str = ""

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.affixed, thing.damaged = self.where, False


class LabelReportedDamaged(Fact, frozen=True, kw_only=True):
    """The sticker can hardly be read, or comes off: it should be printed again or replaced."""

    TOPIC = "label.reported_damaged"
    note: str = ""

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.damaged = True


class LabelScanned(Fact, frozen=True, kw_only=True):
    """Somebody had it before them: at this place, or with this body, as far as that was said."""

    TOPIC = "label.scanned"
    place: UUID | None = None
    found_with: UUID | None = None
    note: str = ""

    def apply(self, thing: "Label", at: Stamp) -> None:
        thing.scans += 1


class LabelServedThoughRetired(Fact, frozen=True, kw_only=True):
    """Something was handed out on this paper by a label that was retired already; the note says why it had to do."""

    TOPIC = "label.served_though_retired"
    paper: UUID
    note: str


class Label(Root):
    """One sticker's token, and what it names."""

    KIND = "label"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.token = ""
        self.state = LabelState.BLANK
        self.names: LabelFor | None = None
        """What it names, or named while it was live."""
        self.body: UUID = id
        """Whose the thing was when the label came to name it; of a blank, whom it was printed for."""
        self.blank_of: UUID | None = None
        self.copies = 0
        """How often it was printed again."""
        self.affixed: Affixed | None = None
        self.damaged = False
        self.by: UUID | None = None
        self.why: LabelReason | None = None
        self.job: UUID | None = None
        self.on_paper = False
        """Whether it was ever printed, as far as we know: by a job, or it was stuck on."""
        self.scans = 0

    @property
    def number(self) -> str:
        """As people read it."""
        return grouped(self.token)

    def name_it(self, to: LabelFor, body: UUID) -> None:
        self.state, self.names, self.body = LabelState.LIVE, to, body

    def must_be_blank(self, path: str = "code") -> None:
        if self.state is not LabelState.BLANK:
            raise LabelNotBlank(path, label=self.number, state=self.state)

    def must_be_live(self, path: str = "label") -> LabelFor:
        """What it names."""
        if self.state is not LabelState.LIVE or self.names is None:
            raise LabelNotLive(path, label=self.number, state=self.state)
        return self.names
