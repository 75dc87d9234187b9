"""What one row of another office's register says, once it could be read."""

from msgspec import Struct

from api.imports.dates import SaidDate
from api.imports.verdicts import Note
from domain.values import ClassCode, Condition, Funding, Money


class CardRow(Struct, frozen=True, kw_only=True, gc=False):
    """A card as the file says it.

    `custodian` and `user` are names of people: they go to the directory, never into the log.
    """

    file: str
    row: int
    identity: str
    """By which a second run finds the same card: body and number, or the contents and their ordinal."""
    by_number: bool
    name: str
    body: str | None = None
    number: str | None = None
    card_number: str | None = None
    class_code: ClassCode | None = None
    class_said: str | None = None
    class_name: str | None = None
    model: str | None = None
    brand: str | None = None
    maker: str | None = None
    serial: str | None = None
    quantity: int = 1
    unit: str | None = None
    measure: str | None = None
    value: Money | None = None
    unit_price: Money | None = None
    funding: tuple[Funding, ...] = ()
    depreciation: Money | None = None
    acquired: SaidDate | None = None
    booked: SaidDate | None = None
    mode: str | None = None
    use_state: str | None = None
    use_state_said: str | None = None
    condition: Condition = Condition.UNKNOWN
    department: str | None = None
    place: str | None = None
    custodian: str | None = None
    user: str | None = None
    voucher: str | None = None
    supplier: str | None = None
    remark: str | None = None
    notes: tuple[Note, ...] = ()
