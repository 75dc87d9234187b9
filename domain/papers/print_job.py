"""A print job (打印任务): which labels somebody wants on paper, how far the printing has come, and the file that came of it.

It goes on in chunks; each says which labels it printed, so a job that was interrupted goes on from there and prints none twice.
A job is done when every code of the file has been read back from the file itself.
"""

from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.label import LabelFor
from domain.refusals import Refusal
from domain.values import Value


class PrintForm(StrEnum):
    """What the file is: sheets or rolls as PDF, or the language of a thermal printer."""

    PDF = "pdf"
    ZPL = "zpl"
    TSPL = "tspl"


class LabelLanguage(StrEnum):
    """In which language the words on a label are."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


class LabelField(StrEnum):
    """What else stands on a label. Number, name, owning body and phone always do."""

    MODEL = "model"
    CLASS = "class"
    PLACE = "place"
    CUSTODIAN = "custodian"
    ACQUIRED = "acquired"
    VALUE = "value"


class PrintState(StrEnum):
    """How far a print job has come."""

    WAITING = "print_waiting"
    RUNNING = "print_running"
    DONE = "print_done"
    FAILED = "print_failed"
    CANCELLED = "print_cancelled"


OVER = frozenset({PrintState.DONE, PrintState.CANCELLED})


class PrintFailure(StrEnum):
    """Why nothing came of it; it can be taken up again once that is put right."""

    CODES_UNREAD = "codes_unread"
    NO_PHONE = "no_phone"
    UNKNOWN_STOCK = "unknown_stock"
    NO_BASE_URL = "no_base_url"
    NOTHING_TO_PRINT = "nothing_to_print"
    TOO_MANY_LABELS = "too_many_labels"
    RIGHTS_GONE = "rights_gone"
    FAULT = "print_fault"


class ToPrint(Value, frozen=True, kw_only=True):
    """Which labels: these things, or what is at a place, came with an imported file or answers a query; or blanks for a body.

    `pieces`: of a lot one label for each piece, instead of one for the lot.
    """

    things: tuple[LabelFor, ...] = ()
    place: UUID | None = None
    file: str = ""
    query: str = ""
    blanks: int = 0
    body: UUID | None = None
    pieces: bool = False


class PrintJobOver(Refusal):
    """The job is done or was cancelled."""

    code = "PRINT_JOB_OVER"


class PrintChunkDone(Refusal):
    """This part of the job was printed already: go on with the next."""

    code = "PRINT_CHUNK_DONE"


class NoPhone(Refusal):
    """A label must say whom a finder can call, and neither this body nor one above it has said it."""

    code = "NO_PHONE"


class CodesUnread(Refusal):
    """Not every label of the job can be read from the file."""

    code = "CODES_UNREAD"


class PrintJobAsked(Fact, frozen=True, kw_only=True):
    """Somebody wants labels printed. `again`: also what has a label, as a copy; `start`: the first free label of a used sheet; the nudge
    is in tenths of a millimetre.
    """

    TOPIC = "print_job.asked"
    what: ToPrint
    body: UUID
    stock: str
    form: PrintForm = PrintForm.PDF
    start: int = 1
    nudge_x: int = 0
    nudge_y: int = 0
    language: LabelLanguage = LabelLanguage.ZH
    fields: tuple[LabelField, ...] = ()
    again: bool = False
    guides: bool = False

    def apply(self, thing: "PrintJob", at: Stamp) -> None:
        thing.asked, thing.body = self, self.body
        thing.account, thing.person = at.meta.account, at.meta.person


class PrintJobAdvanced(Fact, frozen=True, kw_only=True):
    """One more chunk has its labels. `copies`: 0 for a new label, else which copy; `left_out`: what was not printed, having a label or
    not being the asker's to label; `last`: where the next chunk begins; `of`: how many labels are expected in all.
    """

    TOPIC = "print_job.advanced"
    chunk: int
    labels: tuple[UUID, ...]
    copies: tuple[int, ...] = ()
    left_out: int = 0
    last: str = ""
    of: int | None = None

    def apply(self, thing: "PrintJob", at: Stamp) -> None:
        thing.state, thing.chunk, thing.last = PrintState.RUNNING, self.chunk + 1, self.last
        thing.printed += len(self.labels)
        thing.left_out += self.left_out
        thing.of = self.of if self.of is not None else thing.of


class PrintJobDone(Fact, frozen=True, kw_only=True):
    """The file is there (`sheets`: its SHA-256), with so many labels, all read back from it. `lacking`: what came out as □, as the font
    has no glyph for it.
    """

    TOPIC = "print_job.done"
    sheets: str
    labels: int
    decoded: int
    pages: int
    lacking: tuple[str, ...] = ()

    def apply(self, thing: "PrintJob", at: Stamp) -> None:
        thing.state, thing.sheets, thing.pages, thing.failure = PrintState.DONE, self.sheets, self.pages, None
        thing.lacking = self.lacking


class PrintJobFailed(Fact, frozen=True, kw_only=True):
    """Nothing came of it, for this reason; the labels drawn so far stay."""

    TOPIC = "print_job.failed"
    failure: PrintFailure
    detail: str = ""

    def apply(self, thing: "PrintJob", at: Stamp) -> None:
        thing.state, thing.failure, thing.detail = PrintState.FAILED, self.failure, self.detail


class PrintJobTakenUp(Fact, frozen=True, kw_only=True):
    """A job that had failed is tried again, from where it had come to."""

    TOPIC = "print_job.taken_up"

    def apply(self, thing: "PrintJob", at: Stamp) -> None:
        thing.state = PrintState.RUNNING if thing.chunk else PrintState.WAITING
        thing.failure, thing.detail = None, ""


class PrintJobCancelled(Fact, frozen=True, kw_only=True):
    """Nobody wants it any more; the labels drawn so far stay, and can be printed or revoked."""

    TOPIC = "print_job.cancelled"

    def apply(self, thing: "PrintJob", at: Stamp) -> None:
        thing.state = PrintState.CANCELLED


class PrintJob(Root):
    """One order for labels on paper."""

    KIND = "print_job"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.asked: PrintJobAsked | None = None
        self.body: UUID = id
        self.account: UUID = id
        self.person: UUID = id
        self.state = PrintState.WAITING
        self.chunk = 0
        """The number of the next chunk."""
        self.printed = 0
        self.left_out = 0
        self.last = ""
        self.of: int | None = None
        self.sheets = ""
        """The SHA-256 of the file that came of it."""
        self.pages = 0
        self.lacking: tuple[str, ...] = ()
        self.failure: PrintFailure | None = None
        self.detail = ""

    @property
    def ended(self) -> bool:
        return self.state in OVER

    @property
    def parties(self) -> tuple[UUID, ...]:
        """Whoever reads one of these bodies reads the job."""
        return (self.body,)

    def must_be_open(self, path: str = "job") -> PrintJobAsked:
        """What was asked for."""
        if self.asked is None or self.ended or self.state is PrintState.FAILED:
            raise PrintJobOver(path, state=self.state)
        return self.asked

    def advance(self, chunk: int, fact: PrintJobAdvanced) -> None:
        self.must_be_open()
        if chunk != self.chunk:
            raise PrintChunkDone("chunk", chunk=chunk, next=self.chunk)
        self.record(fact)
