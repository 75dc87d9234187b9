"""The people, bodies, stores and days of the stories.

`GANSU` is the ground most of them stand on: a province with its offices administration, which runs a
public-goods warehouse; two departments, one with divisions; a city with its finance bureau and a district;
a vertical agency; a company that can run stores. People have names here only: facts never say them.
"""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from domain.account import AccountOpened, RoleGranted
from domain.body import BodyAbolished, BodyKind, BodyRegistered, DivisionAdded, Level, Relation, RelationSet
from domain.place import PlaceAdded, PlaceKind, PlaceRegistered
from domain.values import ROOT, SPACE, Role
from tests.story import HERE, LONG_AGO, MONDAY, Step, on

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=days) for days in range(1, 5))
NEXT_MONDAY = MONDAY + timedelta(days=7)
LAST_FRIDAY = MONDAY - timedelta(days=3)
NEXT_YEAR = datetime(2027, 1, 4, 9, tzinfo=HERE)


def named_id(name: str) -> UUID:
    """An id that is the same in every run."""
    return uuid5(SPACE, f"example:{name}")


OFFICES = named_id("甘肃省机关事务管理局")
EDUCATION = named_id("甘肃省教育厅")
EDUCATION_OFFICE = named_id("甘肃省教育厅办公室")
EDUCATION_FINANCE = named_id("甘肃省教育厅财务处")
HEALTH = named_id("甘肃省卫生健康委员会")
FINANCE = named_id("甘肃省财政厅")
LANZHOU_FINANCE = named_id("兰州市财政局")
CHENGGUAN = named_id("兰州市城关区人民政府")
TAX = named_id("国家税务总局甘肃省税务局")
STORES_COMPANY = named_id("陇原仓储有限公司")

WAREHOUSE = named_id("甘肃省省级公物仓")
ZONE_A = named_id("A区")
BIN_A1 = named_id("A区1号货位")
VIRTUAL_STORE = named_id("甘肃省虚拟公物仓")

# The directory: what the facts never say.
ANA = named_id("person:安娜")  # the keeper of the warehouse
BEN = named_id("person:贲志强")  # the officer of the education department
CHEN = named_id("person:陈晓梅")  # the asset manager of the education department
DING = named_id("person:丁国栋")  # approves at the offices administration
EVA = named_id("person:马依娃")  # the asset manager of the offices administration
FANG = named_id("person:方志远")  # the officer of the city's finance bureau
GAO = named_id("person:高翔")  # the administrator of the offices administration
HAN = named_id("person:韩雪")  # audits the province
MA = named_id("person:马建军")  # signs on paper: has no account
NAMES = {
    ANA: "安娜", BEN: "贲志强", CHEN: "陈晓梅", DING: "丁国栋", EVA: "马依娃", FANG: "方志远", GAO: "高翔",
    HAN: "韩雪", MA: "马建军",
}  # fmt: skip


def account_of(person: UUID) -> UUID:
    """The id of the account that `account(person, ...)` opens."""
    return uuid5(SPACE, f"example:account:{person}")


def body(
    id: UUID, name: str, *, kind: BodyKind = BodyKind.BODY, level: Level = Level.PROVINCE, region: str = "62",
    parent: UUID | None = None, accountable: UUID | None = None, until: datetime | None = None,
    at: datetime = LONG_AGO,
    **relations: UUID,
) -> list[Step]:  # fmt: skip
    """A registered body; a division also shows in the file above it. Relations: `supervised_by=…` …."""
    registered = BodyRegistered(
        name=name, kind=kind, level=level, region=region, parent=parent, until=until,
        above=(parent,) if parent else (), accountable=accountable,
    )  # fmt: skip
    related = [RelationSet(relation=Relation(relation), other=other) for relation, other in relations.items()]
    steps = [on(id, registered, *related, at=at)]
    return [*steps, on(parent, DivisionAdded(division=id), at=at)] if parent else steps


def account(person: UUID, of: UUID, *roles: tuple[Role, UUID], at: datetime = LONG_AGO) -> Step:
    """A person's account for a body, with roles in scopes."""
    granted = [RoleGranted(role=role, scope=scope) for role, scope in roles]
    id = account_of(person)
    return on(
        id, AccountOpened(person=person, body=of), *granted, at=at, claims=[("account", f"{person}/{of}")]
    )


GANSU_BODIES = [
    *body(OFFICES, "甘肃省机关事务管理局"),
    *body(FINANCE, "甘肃省财政厅", offices_administration=OFFICES),
    *body(EDUCATION, "甘肃省教育厅", offices_administration=OFFICES, fiscal_authority=FINANCE),
    *body(
        EDUCATION_OFFICE,
        "办公室",
        kind=BodyKind.DIVISION,
        parent=EDUCATION,
        accountable=EDUCATION,
        level=Level.PROVINCE,
    ),
    *body(
        EDUCATION_FINANCE,
        "财务处",
        kind=BodyKind.DIVISION,
        parent=EDUCATION,
        accountable=EDUCATION,
        level=Level.PROVINCE,
    ),
    *body(HEALTH, "甘肃省卫生健康委员会", offices_administration=OFFICES, fiscal_authority=FINANCE),
    *body(LANZHOU_FINANCE, "兰州市财政局", level=Level.CITY, region="6201"),
    *body(CHENGGUAN, "兰州市城关区人民政府", level=Level.COUNTY, region="620102"),
    *body(TAX, "国家税务总局甘肃省税务局", kind=BodyKind.VERTICAL),
    *body(
        STORES_COMPANY,
        "陇原仓储有限公司",
        kind=BodyKind.OPERATOR,
        level=Level.NONE,
        offices_administration=OFFICES,
    ),
]

GANSU_PLACES = [
    on(
        WAREHOUSE,
        PlaceRegistered(
            name="甘肃省省级公物仓", kind=PlaceKind.WAREHOUSE, code="GSW1", operator=OFFICES, owner=OFFICES,
            time_zone="Asia/Shanghai",
        ),
        PlaceAdded(place=ZONE_A),
        claims=[("place_code", "GSW1")],
    ),
    on(
        ZONE_A,
        PlaceRegistered(
            name="A区", kind=PlaceKind.ZONE, code="A", operator=OFFICES, owner=OFFICES,
            time_zone="Asia/Shanghai",
            warehouse=WAREHOUSE, parent=WAREHOUSE,
        ),
        PlaceAdded(place=BIN_A1),
        claims=[("place_code", f"{WAREHOUSE}/A")],
    ),
    on(
        BIN_A1,
        PlaceRegistered(
            name="A区1号货位", kind=PlaceKind.BIN, code="A-1", operator=OFFICES, owner=OFFICES,
            time_zone="Asia/Shanghai",
            warehouse=WAREHOUSE, parent=ZONE_A,
        ),
        claims=[("place_code", f"{WAREHOUSE}/A-1")],
    ),
    on(
        VIRTUAL_STORE,
        PlaceRegistered(
            name="甘肃省虚拟公物仓", kind=PlaceKind.VIRTUAL, code="GSV1", operator=OFFICES, owner=OFFICES,
            time_zone="Asia/Shanghai",
        ),
        claims=[("place_code", "GSV1")],
    ),
]  # fmt: skip

ANA_KEEPS, BEN_ASKS, CHEN_MANAGES, DING_APPROVES = map(account_of, (ANA, BEN, CHEN, DING))
EVA_MANAGES, FANG_ASKS, GAO_ADMINISTERS, HAN_AUDITS = map(account_of, (EVA, FANG, GAO, HAN))
"""The accounts, called after what they are for: `as_=ANA_KEEPS`."""

GANSU_ACCOUNTS = [
    account(ANA, OFFICES, (Role.KEEPER, WAREHOUSE)),
    account(BEN, EDUCATION, (Role.OFFICER, EDUCATION)),
    account(CHEN, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)),
    account(DING, OFFICES, (Role.APPROVER, OFFICES)),
    account(EVA, OFFICES, (Role.ASSET_MANAGER, OFFICES)),
    account(FANG, LANZHOU_FINANCE, (Role.OFFICER, LANZHOU_FINANCE)),
    account(GAO, OFFICES, (Role.ADMINISTRATOR, OFFICES)),
    account(HAN, FINANCE, (Role.AUDITOR, ROOT)),
]

ABOLISHED = BodyAbolished(decree="甘编发〔2026〕12号", decree_date=date(2026, 2, 27))

GANSU = [*GANSU_BODIES, *GANSU_PLACES, *GANSU_ACCOUNTS]
