"""Who is on stage: offices of Gansu, their stores, and people with all roles."""

from typing import Any, NamedTuple
from uuid import UUID

from api.accounts import Access
from api.demo.stage import Stage, account_of, named_id
from domain.body import BodyKind, Level
from domain.place import PlaceKind
from domain.values import ROOT, Role

PROVINCE, CITY, COUNTY = Level.PROVINCE, Level.CITY, Level.COUNTY

FINANCE = named_id("甘肃省财政厅")
OFFICES = named_id("甘肃省机关事务管理局")
EDUCATION = named_id("甘肃省教育厅")
EDUCATION_OFFICE = named_id("甘肃省教育厅办公室")
EDUCATION_BASIC = named_id("甘肃省教育厅基础教育处")
HEALTH = named_id("甘肃省卫生健康委员会")
CULTURE = named_id("甘肃省文化和旅游厅")
TAX = named_id("国家税务总局甘肃省税务局")
CONFERENCE = named_id("敦煌文博会筹备工作专班")
LANZHOU = named_id("兰州市机关事务管理局")
LANZHOU_FINANCE = named_id("兰州市财政局")
CHENGGUAN = named_id("兰州市城关区人民政府办公室")
STORES_COMPANY = named_id("陇原仓储有限公司")
WORKSHOP = named_id("兰州恒通办公设备维修中心")

STORE = named_id("甘肃省省级公物仓")
ZONE_A, ZONE_B = named_id("A区"), named_id("B区")
BINS = [named_id(f"货位 {zone}-{n:02}") for zone in "AB" for n in range(1, 5)]
VIRTUAL = named_id("甘肃省虚拟公物仓")
INSPECTION = named_id("验收间")


class Person(NamedTuple):
    """Somebody with an account."""

    name: str
    body: UUID
    roles: tuple[tuple[Role, UUID], ...]
    what: str


CAST = (
    Person("高翔", OFFICES, ((Role.ADMINISTRATOR, OFFICES),), "administrator of the offices administration"),
    Person("安娜", OFFICES, ((Role.KEEPER, STORE), (Role.KEEPER, VIRTUAL)), "keeper of both warehouses"),
    Person(
        "马依娃",
        OFFICES,
        ((Role.ASSET_MANAGER, OFFICES), (Role.OFFICER, OFFICES)),
        "asset manager of the offices administration",
    ),
    Person("石磊", OFFICES, ((Role.OFFICER, OFFICES),), "officer of the offices administration"),
    Person("丁国栋", OFFICES, ((Role.APPROVER, OFFICES),), "approver of the offices administration"),
    Person(
        "陈晓梅", EDUCATION, ((Role.ASSET_MANAGER, EDUCATION),), "asset manager of the education department"
    ),
    Person("贲志强", EDUCATION, ((Role.OFFICER, EDUCATION),), "officer of the education department"),
    Person("罗文华", EDUCATION, ((Role.APPROVER, EDUCATION),), "approver of the education department"),
    Person("王海燕", HEALTH, ((Role.ASSET_MANAGER, HEALTH),), "asset manager of the health commission"),
    Person("刘敏", HEALTH, ((Role.OFFICER, HEALTH),), "officer of the health commission"),
    Person("李建平", HEALTH, ((Role.APPROVER, HEALTH),), "approver of the health commission"),
    Person(
        "方志远",
        LANZHOU_FINANCE,
        ((Role.OFFICER, LANZHOU_FINANCE), (Role.ASSET_MANAGER, LANZHOU_FINANCE)),
        "officer of a city bureau",
    ),
    Person("赵春燕", LANZHOU_FINANCE, ((Role.APPROVER, LANZHOU_FINANCE),), "approver of a city bureau"),
    Person(
        "周正",
        FINANCE,
        ((Role.APPROVER, FINANCE), (Role.ASSET_MANAGER, FINANCE)),
        "approver of the finance department",
    ),
    Person("韩雪", FINANCE, ((Role.AUDITOR, FINANCE),), "auditor: reads the whole province"),
    Person(
        "总管理员",
        ROOT,
        ((Role.ADMINISTRATOR, ROOT), (Role.AUDITOR, ROOT)),
        "administrator and auditor of everything",
    ),
)
DUTY_PERSONS = ((TAX, "孙丽"), (EDUCATION, "马建军"))
"""They sign for their bodies by hand, without an account."""
CONTACTS = (
    (FINANCE, "0931-8400110", "兰州市城关区东岗西路 696 号"),
    (OFFICES, "0931-8400120", "兰州市城关区中央广场 1 号"),
    (EDUCATION, "0931-8400130 转 805", "兰州市城关区滨河东路 571 号"),
    (HEALTH, "0931-8400140", "兰州市城关区白银路 220 号"),
    (CULTURE, "0931-8400150", ""),
    (TAX, "0931-8400160", ""),
    (LANZHOU_FINANCE, "0931-8400170", ""),
    (LANZHOU, "0931-8400180", ""),
)
"""Whom a finder calls; the numbers are made up."""
WITHOUT_ACCOUNT = ("马建军", "孙丽", "何强", "司机老赵")


def set_up(stage: Stage) -> None:
    """Bodies, relations and stores, as the console enters them half a year ago."""
    at = stage.day(200)

    def body(id: UUID, name: str, level: Level, region: str, **more: Any) -> None:
        stage.do("console", "register_body", at, id=id, name=name, level=level, region=region, **more)

    body(FINANCE, "甘肃省财政厅", PROVINCE, "62", code="GS-CZT")
    body(OFFICES, "甘肃省机关事务管理局", PROVINCE, "62", code="GS-JGJ", fiscal_authority=FINANCE)
    under: dict[str, Any] = {"fiscal_authority": FINANCE, "offices_administration": OFFICES}
    body(EDUCATION, "甘肃省教育厅", PROVINCE, "62", code="GS-JYT", **under)
    body(HEALTH, "甘肃省卫生健康委员会", PROVINCE, "62", code="GS-WJW", **under)
    body(CULTURE, "甘肃省文化和旅游厅", PROVINCE, "62", code="GS-WLT", **under)
    body(TAX, "国家税务总局甘肃省税务局", PROVINCE, "62", kind=BodyKind.VERTICAL)
    body(LANZHOU_FINANCE, "兰州市财政局", CITY, "6201", superior=FINANCE)
    body(LANZHOU, "兰州市机关事务管理局", CITY, "6201", superior=OFFICES, fiscal_authority=LANZHOU_FINANCE)
    body(CHENGGUAN, "兰州市城关区人民政府办公室", COUNTY, "620102", superior=LANZHOU)
    body(
        STORES_COMPANY,
        "陇原仓储有限公司",
        Level.NONE,
        "62",
        kind=BodyKind.OPERATOR,
        offices_administration=OFFICES,
    )
    body(WORKSHOP, "兰州恒通办公设备维修中心", Level.NONE, "62", kind=BodyKind.OUTSIDE)
    body(EDUCATION_OFFICE, "办公室", PROVINCE, "62", kind=BodyKind.DIVISION, parent=EDUCATION)
    body(EDUCATION_BASIC, "基础教育处", PROVINCE, "62", kind=BodyKind.DIVISION, parent=EDUCATION)
    body(
        CONFERENCE, "敦煌文博会筹备工作专班", PROVINCE, "62", kind=BodyKind.TEMPORARY, parent=CULTURE, until=stage.day(-60)
    )  # fmt: skip
    for id, name, code, kind in (
        (STORE, "甘肃省省级公物仓", "GSW1", PlaceKind.WAREHOUSE), (VIRTUAL, "甘肃省虚拟公物仓", "GSV1", PlaceKind.VIRTUAL),
    ):  # fmt: skip
        stage.do(
            "console", "register_warehouse", at, id=id, name=name, code=code, owner=OFFICES, operator=OFFICES,
            time_zone="Asia/Shanghai", kind=kind,
        )  # fmt: skip

    def place(id: UUID, name: str, kind: PlaceKind, code: str, parent: UUID) -> None:
        stage.do("console", "register_place", at, id=id, name=name, kind=kind, code=code, parent=parent)

    place(ZONE_A, "A区", PlaceKind.ZONE, "A", STORE)
    place(ZONE_B, "B区", PlaceKind.ZONE, "B", STORE)
    place(INSPECTION, "验收间", PlaceKind.ROOM, "YS", STORE)
    for n, bin in enumerate(BINS):
        zone, at_zone = ("A", ZONE_A) if n < 4 else ("B", ZONE_B)
        place(bin, f"{zone}区{n % 4 + 1}号货位", PlaceKind.BIN, f"{zone}-{n % 4 + 1}", at_zone)
    for body_of, name in DUTY_PERSONS:
        stage.do("console", "name_duty_person", at, body=body_of, person=named_id(name))
    for body_of, phone, address in CONTACTS:
        stage.do("console", "set_contact", at, body=body_of, phone=phone, address=address)


def let_in(stage: Stage) -> list[tuple[Person, Access]]:
    """Accounts with fresh tokens; those of an earlier start stop working."""
    found = []
    for person in CAST:
        stage.app.directory.revoke(account_of(person.name), "demo")
        access = stage.app.accounts.open(
            person.name, person.body, person.roles, stage.app.envelope, name=f"demo:{person.name}",
            person=named_id(person.name), label="demo",
        )  # fmt: skip
        found.append((person, access))
    for name in WITHOUT_ACCOUNT:
        stage.app.directory.enter(named_id(name), name)
    return found
