"""The composition root: founding, one process after another and two at once, the demo's world, and the routes over it."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.app import make_app
from api.demo import people, play
from api.demo.stage import Stage, account_of
from api.graphql.principal import Principal
from api.installation import Installation, Refused
from api.paper_data import PaperData
from api.settings import Settings, Unsettled, table
from domain.aggregate import Recorded
from domain.asset import Asset
from domain.hands import hands_on
from domain.papers.slip import SlipKind, series_of
from domain.place import Place
from domain.refusals import Unknown
from domain.values import CONSOLE, ROOT, SPACE, Role
from projections import hands
from projections.desk import recorded
from projections.store.embedded import EmbeddedServer
from projections.store.embedded_home import existing_home
from tests.clusters import Cluster
from tests.command_line import ROOT as CHECKOUT
from tests.command_line import a_place, over_http

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def world() -> Iterator[Installation]:
    """The demo, played to its end."""
    with a_place() as data, Installation.open(Settings(data_dir=data), follow=True) as installation:
        stage = Stage(installation, datetime.now(UTC).date())
        people.set_up(stage)
        people.let_in(stage)
        play.play(stage)
        installation.runner.catch_up()
        yield installation


@pytest.fixture(scope="module")
def client(world: Installation) -> Iterator[httpx.Client]:
    with over_http(make_app(world)) as client:
        yield client


def token(world: Installation, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.accounts.issue(account_of(who))}"}


def test_both_a_folder_and_a_url_is_a_usage_error() -> None:
    with pytest.raises(Unsettled, match="both given"):
        Settings.from_environment({"GONGWU_DATA_DIR": "/tmp/x", "GONGWU_DATABASE_URL": "postgresql://x"})


def test_the_address_is_one_that_a_code_holds() -> None:
    assert (
        Settings.from_environment({"GONGWU_BASE_URL": "https://gw.gansu.gov.cn/"}).label_url
        == "https://gw.gansu.gov.cn"
    )
    assert Settings.from_environment({"GONGWU_HOST": "::1"}).label_url == "http://localhost:8000"
    assert Settings.from_environment({"GONGWU_HOST": "gw-1"}).label_url == ""
    for wrong in (
        "https://a-very-long-name.offices.gansu.gov.cn",
        "ftp://gw.cn",
        "https://[::1]",
        "gw.cn",
        "https://gw.cn/?a=1",
    ):
        with pytest.raises(Unsettled, match="labels carry it"):
            Settings.from_environment({"GONGWU_BASE_URL": wrong})


def test_settings_come_from_the_environment_and_say_what_is_wrong() -> None:
    settings = Settings.from_environment(
        {"HOME": "/home/x", "XDG_DATA_HOME": "/data", "GONGWU_PORT": "81", "GONGWU_INTROSPECTION": "no"}
    )
    assert settings.data_dir == Path("/data/gongwu")
    assert settings.evidence_folder == Path("/data/gongwu/evidence")
    assert (settings.port, settings.introspection) == (81, False)
    with pytest.raises(Unsettled, match="GONGWU_PORT"):
        Settings.from_environment({"GONGWU_PORT": "many"})


def test_every_setting_is_documented() -> None:
    assert (CHECKOUT / "docs" / "settings.md").read_text("utf-8").endswith(table())


def test_two_at_once_found_one_installation() -> None:
    """Also the advisory locks of migrations and projections are in play: neither fails, one hands out the first administrator."""
    with a_place() as data:
        firsts: list[object] = []
        faults: list[BaseException] = []

        def found() -> None:
            try:
                with Installation.open(Settings(data_dir=data)) as installation:
                    firsts.append(installation.first)
                    assert len(installation.recorder.read([ROOT])[ROOT]) == 1
            except BaseException as error:
                faults.append(error)

        threads = [threading.Thread(target=found) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        assert len([one for one in firsts if one is not None]) == 1
        with Installation.open(Settings(data_dir=data)) as installation:
            assert installation.first is None


def test_a_foreign_server_is_set_up_by_its_owner_s_url_and_used_without_the_owner_s_rights(
    debian_cluster: Cluster, tmp_path: Path
) -> None:
    with debian_cluster.new_database(installed=False) as made:
        settings = Settings(data_dir=tmp_path, database_url=made.url, evidence_dir=tmp_path / "evidence")
        with Installation.open(settings) as installation:
            assert installation.first is not None
        with Installation.open(settings, follow=True) as installation:
            assert installation.first is None
            (who,) = installation.reader.rows("SELECT current_user")
            assert who[0].startswith("gongwu_app")
            assert installation.console("register_body", name="兰州市财政局")["body"]


def test_what_is_counted_in_hands_is_what_the_domain_says(world: Installation) -> None:
    """The read models' count for every body and place of the demo, against the pure function over all streams of the log."""
    rows = world.recorder.read_log(0, 10_000)
    streams: dict[UUID, list[Recorded]] = {}
    for row in rows:
        streams.setdefault(row.stream, []).append(recorded(row))
    expected: dict[UUID, int] = {}
    for id, facts in streams.items():
        kind = next(
            (kind for kind in (Asset, Place) if facts[0].fact.TOPIC.startswith(f"{kind.KIND}.")), None
        )
        if kind is not None:
            for hand in hands_on(kind.replay(id, facts)):
                expected[hand] = expected.get(hand, 0) + 1
    bodies = [id for id, facts in streams.items() if facts[0].fact.TOPIC.startswith(("body.", "place."))]
    assert len([id for id in bodies if expected.get(id)]) > 8, "the demo has things in many hands"
    with world.reader.connection() as connection:
        assert {id: hands.count(connection, id) for id in bodies} == {
            id: expected.get(id, 0) for id in bodies
        }


def test_the_desk_counts_hands_at_the_end_of_the_log(world: Installation) -> None:
    """Closing waits for the read models: the body just given a warehouse is not closed by a count from before."""
    body = UUID(world.console("register_body", name="临时机构")["body"])
    world.console(
        "register_warehouse", name="临时库", code="TMP9", owner=body, operator=body, time_zone="Asia/Shanghai"
    )
    world.console(
        "abolish_body", body=body, decree="甘编发〔2026〕99号", decree_date=datetime.now(UTC).date()
    )
    with pytest.raises(Refused) as no:
        world.console("close_body", body=body)
    assert no.value.decided.refused == "BODY_HAS_HOLDINGS"


def test_asking_the_console_again_by_name_does_nothing_again(world: Installation) -> None:
    first = world.console("register_body", "once", name="只登记一次")
    before = world.recorder.head()
    assert world.console("register_body", "once", name="只登记一次") == first
    assert world.recorder.head() == before


def test_an_account_has_the_roles_it_was_given_and_its_token_signs_in(
    world: Installation, client: httpx.Client
) -> None:
    access = world.accounts.open(
        "李四", people.HEALTH, ((Role.OFFICER, people.HEALTH),), world.envelope, name="test:李四"
    )
    world.runner.catch_up()
    asked = client.post(
        "/graphql",
        json={"query": "{ me { accountId roles { role scopeId } } }"},
        headers={"Authorization": f"Bearer {access.token}"},
    ).json()
    assert asked["data"]["me"] == {
        "accountId": str(access.account),
        "roles": [{"role": "OFFICER", "scopeId": str(people.HEALTH)}],
    }
    assert access.token not in "".join(map(str, world.reader.rows("SELECT * FROM directory.token")))


def test_health_shows_the_database_and_every_projection_to_anybody(client: httpx.Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["database"]) == ("ok", "here")
    assert told["projections"]["register"].keys() == {"position", "lag", "state"}


@pytest.mark.parametrize(("language", "word"), [("zh", "公物仓"), ("en", "public goods")])
def test_the_front_page_speaks_both_languages_and_loads_nothing_from_elsewhere(
    client: httpx.Client, language: str, word: str
) -> None:
    answer = client.get("/", params={"lang": language})
    assert word in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "//" not in answer.text.replace(str(client.base_url).rstrip("/"), "")


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "zh", "en"),
    [
        ("GET", "/nothing-here", 404, "NOT_FOUND", "没有找到，或者您无权查看。", "There is no such thing, or nothing you may see."),
        ("DELETE", "/evidence", 405, "METHOD_NOT_ALLOWED", "此处不接受 DELETE 请求。", "DELETE is not answered here."),
        ("POST", "/", 405, "METHOD_NOT_ALLOWED", "此处不接受 POST 请求。", "POST is not answered here."),
        ("GET", "/slips/GSW1-LOAN-2026/1.pdf?lang=fr", 400, "BAD_REQUEST", "地址中的参数取值无效：lang。",
         "A parameter of the address has no such value: lang."),
    ],
)  # fmt: skip
def test_what_the_router_refuses_has_a_code_and_words_too(
    world: Installation,
    client: httpx.Client,
    method: str,
    path: str,
    status: int,
    code: str,
    zh: str,
    en: str,
) -> None:
    keeper = token(world, "安娜")
    for language, message in (("zh", zh), ("en", en)):
        answer = client.request(method, path, headers={**keeper, "Accept-Language": language})
        assert (answer.status_code, answer.json()) == (status, {"code": code, "message": message})
        assert ("allow" in answer.headers) == (status == 405)


def test_a_slip_is_printed_for_its_readers_only(world: Installation, client: httpx.Client) -> None:
    number = f"GSW1-LOAN-{datetime.now(UTC).year}-000001"
    query = '{ slips(first: 50, number: "NUMBER") { nodes { series sequence number } } }'.replace(
        "NUMBER", number
    )
    keeper = token(world, "安娜")
    (slip,) = client.post("/graphql", json={"query": query}, headers=keeper).json()["data"]["slips"]["nodes"]
    path = f"/slips/{slip['series']}/{slip['sequence']}.pdf"
    printed = client.get(path, headers=keeper)
    assert printed.status_code == 200
    assert printed.content.startswith(b"%PDF")
    assert client.get(path, headers=token(world, "刘敏")).status_code == 200, "the borrower's officer"
    assert client.get(path, headers=token(world, "方志远")).status_code == 404, "a stranger"
    assert client.get(path).status_code == 401
    assert client.get(path.replace(f"/{slip['sequence']}.pdf", "/999.pdf"), headers=keeper).status_code == 404


def test_the_printed_slip_says_what_the_log_says(world: Installation) -> None:
    year = datetime.now(UTC).year
    paper = PaperData(world).slip(
        Principal(account_of("安娜"), "t"), str(series_of(people.STORE, SlipKind.LOAN, year)), 1
    )
    assert paper is not None
    assert (paper.warehouse, paper.letterhead, paper.reprint, paper.void) == (
        "甘肃省省级公物仓",
        "甘肃省机关事务管理局",
        1,
        None,
    )
    assert (paper.giver.body, paper.giver.person) == ("甘肃省教育厅", "安娜")
    assert (paper.receiver.body, paper.receiver.person) == ("甘肃省卫生健康委员会", "刘敏")
    assert paper.due is not None
    void = PaperData(world).slip(
        Principal(account_of("安娜"), "t"), str(series_of(people.STORE, SlipKind.GATE_PASS, year)), 1
    )
    assert void is not None
    assert void.void == "车牌号写错，重新开具"


def test_a_printed_slip_has_the_day_it_was_issued_and_tells_when_it_was_recorded_later(
    world: Installation, client: httpx.Client
) -> None:
    keeper = token(world, "安娜")
    query = "{ slips(first: 200) { nodes { series sequence year issuedAt } } }"
    found = client.post("/graphql", json={"query": query}, headers=keeper).json()["data"]["slips"]["nodes"]
    zone, late = ZoneInfo("Asia/Shanghai"), 0
    for one in found:
        paper = PaperData(world).slip(Principal(account_of("安娜"), "t"), one["series"], one["sequence"])
        issued = datetime.fromisoformat(one["issuedAt"])
        assert paper is not None
        assert paper.issued_at == issued
        [(recorded_at,)] = world.reader.rows(
            "SELECT e.recorded_at FROM papers.slip s JOIN gongwu.event e USING (position) WHERE s.series = %s AND s.n = %s",
            (UUID(one["series"]), one["sequence"]),
        )
        day = recorded_at.astimezone(zone).date()
        assert paper.recorded == (day if day > issued.astimezone(zone).date() else None)
        late += paper.recorded is not None
    assert late, "the demo's loans were lent months ago"


def test_evidence_goes_in_and_comes_out_for_those_who_signed_in(
    world: Installation, client: httpx.Client
) -> None:
    header = b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    png = b"\x89PNG\r\n\x1a\n" + header + b"\x00\x00\x00\x00IEND\xaeB`\x82"
    who = token(world, "贲志强")
    kept = client.post("/evidence", content=png, headers={**who, "Content-Type": "image/png"})
    assert kept.status_code == 201, kept.text
    assert client.get(f"/evidence/{kept.json()['sha256']}", headers=who).content == png
    assert client.get(f"/evidence/{kept.json()['sha256']}").status_code == 401


def test_a_database_that_is_away_is_a_503_everywhere_and_comes_back() -> None:
    with a_place() as data, Installation.open(Settings(data_dir=data), follow=True) as installation:
        assert installation.first is not None
        signed_in = {"Authorization": f"Bearer {installation.first.token}"}
        query = {"query": "{ me { accountId } }"}
        with over_http(make_app(installation)) as client:
            assert client.post("/graphql", json=query, headers=signed_in).status_code == 200
            home = existing_home(data.resolve())
            assert home is not None
            home.run("pg_ctl", "stop", "-D", "data", "-m", "immediate", "-w")
            away = client.post("/graphql", json=query, headers=signed_in)
            assert away.status_code == 503
            assert int(away.headers["retry-after"]) > 0
            time.sleep(1.1)  # what health was a moment ago is remembered for a second
            assert client.get("/health").status_code == 503
            command = {
                "query": f'mutation {{ registerBody(input: {{commandId: "{UUID(int=7)}", name: "x"}}) {{ __typename }} }}'
            }
            answer = client.post("/graphql", json=command, headers=signed_in)
            assert answer.status_code == 503
            assert "Traceback" not in answer.text
            with EmbeddedServer(data):
                after = client.post("/graphql", json=command, headers=signed_in)
                for _ in range(20):
                    if after.status_code == 200:
                        break
                    after = client.post("/graphql", json=command, headers=signed_in)
                assert after.json()["data"]["registerBody"]["__typename"] == "RegisterBodyPayload"


def test_the_console_cannot_be_given_more_or_taken_away(world: Installation) -> None:
    with pytest.raises(Refused) as no:
        world.console("close_account", account=CONSOLE)
    assert no.value.decided.refused in {"BUILT_IN_ACCOUNT", "SAME_PERSON"}
    with pytest.raises(Refused) as no:
        world.console("close_account", account=UUID(int=5))
    assert no.value.decided.refused == Unknown.code
    assert SPACE != CONSOLE
