"""A town on a real installation: bodies, stores, people with tokens, a server on a port, and clients that speak HTTP.

The town is founded through the API itself (`registerBody` …); only accounts and tokens come from the command line's side.
"""

import contextlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import uvicorn
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLUnionType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from api.app import make_app
from api.installation import Installation
from api.schema import SCHEMA
from api.settings import Settings
from domain.asset import Book, Flag, Kind, ValueType
from domain.life.registering import CardNumber, Description
from domain.usecases.taking_over import OldRow
from domain.values import ROOT, ClassCode, Money, Role, Signature, SignedBy
from projections.store.embedded import EmbeddedServer
from tests.clusters import forget, temporary_folder

CLASS = ClassCode("gbt14885", "2022", "A02010105")
NAMED_CHILDREN = {
    "asset": ("id", "number", "version", "name"),
    "slip": ("series", "sequence", "number"),
    "receiptSlip": ("number",),
    "releaseSlip": ("number",),
    "gatePassSlip": ("number",),
    "certificateSlip": ("number",),
    "changed": ("id", "version"),
    "landed": ("line", "loanId", "quantity", "outcome", "damageId"),
}
LEAKS = re.compile(
    r"Traceback|File \\?\"|\.py\b|psycopg|msgspec|SELECT |INSERT |FROM register|gongwu\."
    r"|site-packages|/root/|/home/|/usr/|NoneType|object at 0x"
)
"""What no answer may ever hold: a stack trace, SQL, a path, a Python name."""


class Answer:
    """One HTTP answer."""

    def __init__(self, status: int, headers: Mapping[str, str], raw: bytes) -> None:
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def errors(self) -> list[str]:
        """The codes of `errors`."""
        return [one["extensions"]["code"] for one in self.body.get("errors", ())]


class Client:
    """Somebody at a keyboard: one kept connection, one token. For one thread at a time."""

    def __init__(self, port: int, token: str = "", language: str = "en", *, timeout_s: float = 60) -> None:
        self.port, self.token, self.language, self.timeout_s = port, token, language, timeout_s
        self._line: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request. A connection that the server has closed meanwhile is opened anew."""
        sent = {
            "Accept-Language": self.language,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        try:
            self._line.request(method, path, body, sent)
            answer = self._line.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        except BaseException:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def ask(self, document: str, /, **variables: Any) -> Answer:
        """A GraphQL document with its variables."""
        said = json.dumps({"query": document, "variables": plain(variables)}).encode()
        return self.send("POST", "/graphql", said, Content_Type="application/json")

    def data(self, document: str, /, **variables: Any) -> Any:
        """What a document that has no errors answers."""
        answer = self.ask(document, **variables)
        assert answer.status == 200, (answer.status, answer.raw[:500])
        assert "errors" not in answer.body, answer.body
        return answer.body["data"]

    def query(self, name: str, /, **arguments: Any) -> Any:
        """One root field with everything in it."""
        return self.data(question(name, tuple(arguments)), **arguments)[name]

    def do(self, name: str, /, **input: Any) -> dict[str, Any]:
        """One mutation: the member of the union that came back. A command id of its own, unless one is given."""
        given = {"command_id": uuid4(), **input}
        found: dict[str, Any] = self.data(command(name), input=given)[to_camel_case(name)]
        return found

    def done(self, name: str, /, **input: Any) -> dict[str, Any]:
        """A mutation that must be accepted."""
        answer = self.do(name, **input)
        assert answer["__typename"].endswith("Payload"), f"{name}: {answer}"
        return answer

    def refused(self, name: str, /, **input: Any) -> str:
        """A mutation that must not be accepted: the code."""
        answer = self.do(name, **input)
        assert not answer["__typename"].endswith("Payload"), f"{name}: {answer}"
        return str(answer["code"])


def plain(value: Any) -> Any:
    """As a client writes it: enumerations by name, values as objects, keys in camel case."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, msgspec.Struct):
        return {to_camel_case(one): plain(getattr(value, one)) for one in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {to_camel_case(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID | date | Decimal):
        return str(value)
    if isinstance(value, list | tuple | frozenset | set):
        return [plain(one) for one in value]
    return value


def root_fields(root: str) -> dict[str, Any]:
    """The fields of `Query` or `Mutation`."""
    kind = SCHEMA._schema.get_type(root)
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def input_of(mutation: str) -> GraphQLInputObjectType:
    """The input type of a mutation (in camel case)."""
    kind = get_named_type(root_fields("Mutation")[mutation].args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    return kind


@cache
def command(name: str) -> str:
    """The document of a mutation that asks for all its result can say."""
    shown = root_fields("Mutation")[to_camel_case(name)]
    union = get_named_type(shown.type)
    assert isinstance(union, GraphQLUnionType)
    members = []
    for member in union.types:
        extra = "problems { code path }" if "problems" in member.fields else ""
        members.append(f"... on {member.name} {{ {_leaves(member)} {extra} }}")
    field_name = to_camel_case(name)
    wanted = f"{shown.args['input'].type}"
    return (
        f"mutation($input: {wanted}) {{ {field_name}(input: $input) {{ __typename {' '.join(members)} }} }}"
    )


def _leaves(kind: Any) -> str:
    parts = []
    for name, shown in kind.fields.items():
        inner = get_named_type(shown.type)
        if name in NAMED_CHILDREN:
            parts.append(f"{name} {{ {' '.join(NAMED_CHILDREN[name])} }}")
        elif name == "details":
            parts.append("details { name value }")
        elif not isinstance(inner, GraphQLObjectType):
            parts.append(name)
    return " ".join(parts)


@cache
def question(
    name: str, arguments: tuple[str, ...] = (), without: tuple[str, ...] = ("permittedActions",)
) -> str:
    """The document of a query field that asks for everything below it."""
    shown = root_fields("Query")[name]
    given = {to_camel_case(one): shown.args[to_camel_case(one)].type for one in arguments}
    declared = f"({', '.join(f'${one}: {kind}' for one, kind in given.items())})" if given else ""
    passed = f"({', '.join(f'{one}: ${one}' for one in given)})" if given else ""
    return f"query{declared} {{ {name}{passed} {_everything(get_named_type(shown.type), without)} }}"


def _everything(kind: Any, without: Sequence[str], depth: int = 0) -> str:
    if isinstance(kind, GraphQLUnionType):
        members = (f"... on {one.name} {_everything(one, without, depth)}" for one in kind.types)
        return f"{{ __typename {' '.join(members)} }}"
    if not isinstance(kind, GraphQLObjectType):
        return ""
    parts = []
    for name, shown in kind.fields.items():
        inner = get_named_type(shown.type)
        if name in without or name == "edges" or depth > 4:
            continue
        parts.append(f"{name} {_everything(inner, without, depth + 1)}")
    return "{ " + " ".join(parts) + " }"


@contextlib.contextmanager
def serving(installation: Installation) -> Iterator[int]:
    """The real application behind a real port, in a thread of this process."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as sock:
        config = uvicorn.Config(
            make_app(installation),
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="uvicorn")
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.02)
            yield sock.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Town:
    """Who and what is there. `bodies`, `places`, `people`: ids by a short name; `tokens`: how they sign in."""

    installation: Installation
    port: int
    bodies: dict[str, UUID] = field(default_factory=dict)
    places: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    lines: list[Client] = field(default_factory=list)
    files: int = 0

    def as_(self, who: str, language: str = "en") -> Client:
        """A client signed in as somebody; without a name nobody is."""
        client = Client(self.port, self.tokens[who] if who else "", language)
        self.lines.append(client)
        return client

    def signature(self, who: str) -> Signature:
        """Somebody signs the printed slip by hand; the scan was handed in."""
        return Signature(self.people[who], SignedBy.PAPER, self.paper(f"签收单 {who}"))

    def let_in(self, who: str, body: str, *roles: tuple[Role, UUID]) -> None:
        """As `gongwu account add` does."""
        access = self.installation.accounts.open(
            f"{who}先生", self.bodies[body], roles, self.installation.envelope, name=f"town:{who}"
        )
        self.people[who], self.accounts[who], self.tokens[who] = access.person, access.account, access.token

    def enter(self, name: str) -> UUID:
        """Somebody in the directory, without an account."""
        person = uuid4()
        self.installation.directory.enter(person, name)
        return person

    def paper(self, title: str) -> str:
        """A scan that was really handed in; its hash."""
        return self.installation.evidence.put(
            [f"%PDF-1.4\n% {title}\n%%EOF\n".encode()], "application/pdf"
        ).sha256

    def take_over(
        self, body: str, *names: str, lot: int = 1, place: str | None = None, **more: Any
    ) -> list[UUID]:
        """Cards from an old register, as the importer enters them. In this order."""
        self.files += 1
        file, when = f"{self.files:064x}", datetime.now(UTC) - timedelta(days=30)
        rows = tuple(
            OldRow(
                row=at, said=thing(name, lot, **more), holder=self.bodies[body], card=CardNumber("old", f"{self.files}-{at}"),
                place=self.places[place] if place else None,
            )
            for at, name in enumerate(names, 1)
        )  # fmt: skip
        outcome = self.installation.console("take_over_assets", file=file, cut_off=when, rows=rows)
        assert outcome["created"] == len(names), outcome
        recorder = self.installation.recorder
        keys = [f"{self.bodies[body]}/old/{self.files}-{at}" for at in range(1, len(names) + 1)]
        found = recorder.owners("card", keys)
        return [found[key] for key in keys]

    def in_store(self, body: str, *names: str, store: str = "store", **more: Any) -> list[UUID]:
        """The same, and a keeper has put them away in a store."""
        made = self.take_over(body, *names, **more)
        keeper = self.as_("keeper")
        for one in made:
            keeper.done("put_away", asset=one, place=self.places[store])
        return made

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database says itself."""
        return self.installation.reader.rows(statement, values or None)

    def close(self) -> None:
        for client in self.lines:
            client.hang_up()


def cny(amount: str | int) -> Money:
    return Money(Decimal(amount).quantize(Decimal("0.01")), "CNY")


def thing(
    name: str, lot: int = 1, *, worth: str = "3000", unit: str = "台", flags: tuple[Flag, ...] = (), class_code: ClassCode = CLASS
) -> Description:  # fmt: skip
    """What a card says."""
    return Description(
        name=name, kind=Kind.LOT if lot > 1 else Kind.SERIALISED, quantity=lot, unit=unit, class_code=class_code,
        book=Book(cny(worth), ValueType.ORIGINAL, cny(100)), flags=flags,
    )  # fmt: skip


BODIES: dict[str, dict[str, Any]] = {
    "offices": {"name": "兰州市机关事务管理局", "level": "CITY", "region": "6201"},
    "finance": {"name": "兰州市财政局", "level": "CITY", "region": "6201"},
    "education": {"name": "兰州市教育局", "level": "CITY", "region": "6201", "related": True},
    "room": {"name": "办公室", "kind": "DIVISION", "parent": "education"},
    "desk": {"name": "财务处", "kind": "DIVISION", "parent": "education"},
    "health": {"name": "兰州市卫生健康委员会", "level": "CITY", "region": "6201", "related": True},
    "jiayuguan": {"name": "嘉峪关市教育局", "level": "CITY", "region": "6202"},
    "workshop": {"name": "陇原维修有限公司", "kind": "OPERATOR"},
}


def found(town: Town) -> None:
    """Bodies, places and people."""
    admin = town.as_("admin")
    for name, said in BODIES.items():
        more = {key: value for key, value in said.items() if key not in ("related", "parent")}
        if "parent" in said:
            more["parent"] = town.bodies[said["parent"]]
        if said.get("related"):
            more |= {
                "fiscal_authority": town.bodies["finance"],
                "offices_administration": town.bodies["offices"],
            }
        town.bodies[name] = UUID(admin.done("register_body", **more)["bodyId"])
    for name, code, owner, kind in (
        ("store", "LZW1", "offices", "WAREHOUSE"),
        ("virtual", "LZV1", "offices", "VIRTUAL"),
        ("clinic", "LZH1", "health", "SITE"),
        ("school", "LZE1", "education", "SITE"),
    ):
        town.places[name] = UUID(
            admin.done(
                "register_warehouse", name=f"{name}仓", code=code, owner=town.bodies[owner], operator=town.bodies[owner],
                time_zone="Asia/Shanghai", kind=kind,
            )["placeId"]
        )  # fmt: skip
    for name, code, kind in (("zone", "A", "ZONE"), ("bin", "A-1", "BIN")):
        parent = town.places["store" if kind == "ZONE" else "zone"]
        made = admin.done("register_place", name=f"{code}位", kind=kind, code=code, parent=parent)
        town.places[name] = UUID(made["placeId"])
    bodies, places = town.bodies, town.places
    town.let_in("keeper", "offices", (Role.KEEPER, places["store"]))
    town.let_in("school_keeper", "education", (Role.KEEPER, places["school"]))
    town.let_in("auditor", "finance", (Role.AUDITOR, bodies["finance"]))
    town.let_in("auditor_elsewhere", "jiayuguan", (Role.AUDITOR, bodies["jiayuguan"]))
    town.let_in("nobody", "jiayuguan")
    town.let_in("room_officer", "room", (Role.OFFICER, bodies["room"]))
    town.let_in("desk_officer", "desk", (Role.OFFICER, bodies["desk"]))
    town.let_in("jiayuguan_manager", "jiayuguan", (Role.ASSET_MANAGER, bodies["jiayuguan"]))
    for body in ("offices", "finance", "education", "health"):
        for role in (Role.OFFICER, Role.ASSET_MANAGER, Role.APPROVER, Role.ADMINISTRATOR):
            town.let_in(f"{body}_{role.value}", body, (role, bodies[body]))
    town.let_in(
        "education_second",
        "education",
        (Role.OFFICER, bodies["education"]),
        (Role.ASSET_MANAGER, bodies["education"]),
    )


@contextlib.contextmanager
def town_in(folder: Path, **settings: Any) -> Iterator[Town]:
    """A founded town, its installation and its server, in a folder."""
    with Installation.open(
        Settings(data_dir=folder, name="甘肃省人民政府", **settings), follow=True
    ) as installation:
        first = installation.first
        assert first is not None, "this folder has been used"
        with serving(installation) as port:
            town = Town(installation, port, bodies={"root": ROOT})
            town.people["admin"], town.accounts["admin"], town.tokens["admin"] = (
                first.person,
                first.account,
                first.token,
            )
            try:
                found(town)
                yield town
            finally:
                town.close()


@contextlib.contextmanager
def new_town() -> Iterator[Town]:
    """A town of its own, thrown away afterwards."""
    with temporary_folder() as folder:
        try:
            with town_in(folder / "data") as town:
                yield town
        finally:
            forget(EmbeddedServer(folder / "data"))
