"""What the stories of lending and keeping stand on: a second keeper, a manager in another department, goods in the store."""

from datetime import datetime
from uuid import UUID

from domain.asset import Flag
from domain.body import DutyPersonNamed
from domain.life.lending import Lent
from domain.life.pooling import Listed, Reserved
from domain.papers.loan import LoanLine, LoanOpened
from domain.place import PlaceAdded, PlaceKind, PlaceRegistered
from domain.values import Condition, Role, Signature, SignedBy, Window
from tests.examples import (
    EDUCATION,
    GANSU,
    HEALTH,
    LANZHOU_FINANCE,
    OFFICES,
    STORES_COMPANY,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, book, card, said
from tests.story import LONG_AGO, MONDAY, Step, on

WANG, LIU, BAI, XIE = (named_id(f"person:{name}") for name in ("王建国", "刘芳", "白桦", "谢敏"))
LIU_KEEPS, BAI_MANAGES, XIE_ASKS = account_of(LIU), account_of(BAI), account_of(XIE)
SECOND_STORE, SECOND_SHELF = named_id("第二公物仓"), named_id("第二公物仓1号货位")
LOAN, RESERVATION, LISTING = named_id("借用单"), named_id("预留"), named_id("上架")


def by_hand(person: UUID) -> Signature:
    """Somebody without an account signs the printed slip."""
    return Signature(person, SignedBy.PAPER, "ab" * 32)


BY_WANG, BY_XIE = by_hand(WANG), by_hand(XIE)

STORE_ROOM = [
    *GANSU,
    on(
        SECOND_STORE,
        PlaceRegistered(
            name="第二公物仓", kind=PlaceKind.WAREHOUSE, code="GSW2", operator=STORES_COMPANY, owner=OFFICES,
            time_zone="Asia/Shanghai",
        ),
        PlaceAdded(place=SECOND_SHELF),
    ),
    on(
        SECOND_SHELF,
        PlaceRegistered(
            name="第二公物仓1号货位", kind=PlaceKind.BIN, code="B-1", operator=STORES_COMPANY, owner=OFFICES,
            time_zone="Asia/Shanghai", warehouse=SECOND_STORE, parent=SECOND_STORE,
        ),
    ),
    account(LIU, STORES_COMPANY, (Role.KEEPER, SECOND_STORE)),
    account(BAI, HEALTH, (Role.ASSET_MANAGER, HEALTH)),
    account(XIE, HEALTH, (Role.OFFICER, HEALTH)),
    *(on(body, DutyPersonNamed(person=WANG)) for body in (HEALTH, TAX, EDUCATION, LANZHOU_FINANCE)),
]  # fmt: skip

IN_STORE = card(LAPTOP, said(worth=book("6999")), place=WAREHOUSE)
WITH_DISK = card(LAPTOP, said(worth=book("6999"), flags=(Flag.STORAGE_MEDIA,)), place=WAREHOUSE)
TEN_CHAIRS = card(CHAIRS, said("椅子", 10, unit="把", worth=book("1000.00")), place=WAREHOUSE)
SIX_DESKS = card(DESKS, said("办公桌", 6, unit="张", worth=book("600.00")), place=WAREHOUSE)


def lent(
    asset: UUID = LAPTOP,
    quantity: int = 1,
    *,
    to: UUID = HEALTH,
    loan: UUID = LOAN,
    due: datetime | None = WEDNESDAY,
) -> list[Step]:
    """It is out on a loan since Monday, paper and thing."""
    opened = LoanOpened(
        warehouse=WAREHOUSE, lender=EDUCATION, borrower=to, lines=(LoanLine(asset, quantity),), due=due,
        giver=Signature(named_id("person:安娜"), SignedBy.ACCOUNT), receiver=BY_WANG,
    )  # fmt: skip
    out = Lent(loan=loan, borrower=to, person=WANG, quantity=quantity, condition=Condition.GOOD, due=due)
    return [on(loan, opened, at=MONDAY), on(asset, out, at=MONDAY)]


def promised(
    asset: UUID = LAPTOP, quantity: int = 1, *, to: UUID = HEALTH, window: Window | None = None, id: UUID = RESERVATION
) -> Step:  # fmt: skip
    """It is promised to a body, from Tuesday to Thursday."""
    window = window or Window(TUESDAY, THURSDAY)
    return on(asset, Reserved(reservation=id, body=to, quantity=quantity, window=window), at=LONG_AGO)


def listed(asset: UUID = LAPTOP) -> Step:
    return on(asset, Listed(listing=LISTING, loan=True))
