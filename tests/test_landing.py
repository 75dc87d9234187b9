"""The page a stranger's phone opens: whose it is and how to return it, and never what it is; over HTTP, in both languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.landing import page_of
from api.landing_page import Owner, form_page, miss_page, notice_page, owner_page
from domain.label_code import LETTERS, check_character, grouped
from domain.texts import LANGUAGES, Language
from projections.reading import Crowded
from tests.town import Answer, Town, new_town

VOID = {"meta", "input", "br", "link", "img"}
SECRETS = ("秘密座钟", "school仓", "LZE1")


@dataclass
class Page(HTMLParser):
    """What a reader of the page meets; every tag must be closed, in order."""

    html: str
    open: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data + " "

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def link(self) -> str:
        """To the same page in the other language."""
        return next(one["href"] or "" for one in self.all("a") if one.get("hreflang"))


def must_be_sound(html: str, language: Language) -> Page:
    """As a validator and a screen reader want it; nothing runs, nothing is loaded from anywhere."""
    assert html.startswith("<!doctype html><html lang=")
    page = Page(html)
    assert page.all("html")[0]["lang"] == {"zh": "zh-CN", "en": "en"}[language]
    assert [len(page.all(tag)) for tag in ("head", "body", "main", "h1", "title")] == [1, 1, 1, 1, 1]
    assert {"charset": "utf-8"} in page.all("meta")
    assert any(
        one.get("name") == "viewport" and "width=device-width" in (one["content"] or "")
        for one in page.all("meta")
    )
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "svg"}
    assert not re.search(r"\bon\w+\s*=|javascript:|https?://|//|url\(|@import", html.replace("<!doctype", ""))
    for one in page.all("input"):
        assert one.get("type") == "hidden" or any(
            label.get("for") == one.get("id") for label in page.all("label")
        )
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert "prefers-color-scheme:dark" in html
    assert "{" not in page.text
    assert "}" not in page.text
    return page


def token_of(n: int) -> str:
    body = "".join(LETTERS[n >> at & 31] for at in range(55, -1, -5))
    return body + check_character(body) if check_character(body) in LETTERS else token_of(n + 1)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


@pytest.fixture(scope="module")
def labels(town: Town) -> dict[str, str]:
    """Tokens by what became of their label."""
    manager = town.as_("education_asset_manager")
    things = town.take_over("education", *(f"{SECRETS[0]}{n}" for n in range(4)))
    made = manager.done("issue_labels", things=[{"kind": "ASSET", "thing": one} for one in things])
    live, retired, revoked, gone = made["tokens"]
    blank = manager.done("preprint_labels", body=town.bodies["education"], count=1)["tokens"][0]
    ids = dict(zip(made["tokens"], made["labelIds"], strict=True))
    manager.done("replace_label", label=ids[retired], why="WORN")
    last = manager.done("revoke_label", label=ids[revoked], why="COPIED")
    wait(town, int(last["position"]))
    return {
        "live": live,
        "retired": retired,
        "revoked": revoked,
        "blank": blank,
        "gone": gone,
        "thing": str(things[0]),
    }


def wait(town: Town, position: int | None = None) -> None:
    head = position or town.installation.recorder.head()
    for view in ("labels", "register", "organisations", "papers"):
        town.installation.runner.wait_for(view, head, 20)


def visit(town: Town, path: str, language: Language = "zh", method: str = "GET") -> Answer:
    return town.as_("", language).send(method, path)


def shown(answer: Answer, language: Language = "zh") -> Page:
    return must_be_sound(answer.raw.decode(), language)


pytestmark = pytest.mark.postgres


def test_a_finder_sees_whose_it_is_and_how_to_return_it_and_nothing_else(
    town: Town, labels: dict[str, str]
) -> None:
    manager = town.as_("education_asset_manager")
    made = manager.done(
        "set_contact",
        body=town.bodies["education"],
        phone="0931-8461234转805",
        address="中央广场1号门卫室",
        note="工作日",
    )
    wait(town, int(made["position"]))
    answer = visit(town, f"/A/{labels['live']}")
    page = shown(answer)
    assert answer.status == 200
    for said in ("兰州市教育局", "0931-8461234转805", "中央广场1号门卫室", "工作日", grouped(labels["live"])):
        assert said in page.text
    assert page.all("a")[0]["href"] == "tel:09318461234;ext=805"
    for secret in (*SECRETS, labels["thing"], "GW", "old", "1-1"):
        assert secret not in page.text
    assert "set-cookie" not in {name.lower() for name in answer.headers}


def test_all_forms_of_the_address_open_the_same_page(town: Town, labels: dict[str, str]) -> None:
    token = labels["live"]
    pages = {
        visit(town, path).raw
        for path in (
            f"/A/{token}", f"/a/{token.lower()}", f"/A/{grouped(token)}", f"/A/{token}/", f"/A?code={token}",
            f"/A?code={quote(f'HTTPS://ELSEWHERE.CN/A/{token}')}", f"/a/{quote(token.replace('0', 'O').replace('1', 'l'))}",
            f"/A/{quote(''.join(chr(ord(one) + 0xFEE0) for one in token))}",
        )
    }  # fmt: skip
    assert len(pages) == 1


def test_the_page_speaks_the_language_of_the_phone_or_the_one_asked_for(
    town: Town, labels: dict[str, str]
) -> None:
    path = f"/A/{labels['live']}"
    english, chinese = shown(visit(town, path, "en"), "en"), shown(visit(town, path, "zh"))
    assert "Found it" in english.text
    assert "拾获" in chinese.text
    assert shown(visit(town, path + english.link, "en")).text == chinese.text
    assert shown(visit(town, path + chinese.link, "zh"), "en").text == english.text


def test_the_headers_keep_it_a_page_of_ours_alone(town: Town, labels: dict[str, str]) -> None:
    for path in (f"/A/{labels['live']}", "/A/0000000000000", "/a/", "/A"):
        answer = visit(town, path)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
        assert headers["vary"] == "Accept-Language"


def test_reading_the_page_records_nothing(town: Town, labels: dict[str, str]) -> None:
    before = town.installation.recorder.head()
    for method in ("GET", "HEAD"):
        for token in (labels["live"], labels["retired"], labels["blank"], token_of(5), "nonsense"):
            answer = visit(town, f"/A/{token}", method=method)
            assert bool(answer.raw) == (method == "GET")
    assert visit(town, f"/A/{labels['live']}", method="POST").status == 405
    assert town.installation.recorder.head() == before


def test_each_state_of_a_label_has_its_page(town: Town, labels: dict[str, str]) -> None:
    for state, status, said in (
        ("live", 200, "归属"),
        ("retired", 200, "归属"),
        ("blank", 200, "尚未启用"),
        ("revoked", 410, "已作废"),
    ):
        answer = visit(town, f"/A/{labels[state]}")
        page = shown(answer)
        assert answer.status == status, state
        assert said in page.text
        assert "兰州市教育局" in page.text
    retired, live = (visit(town, f"/A/{labels[one]}").raw.decode() for one in ("retired", "live"))
    assert retired.replace(grouped(labels["retired"]), "") == live.replace(grouped(labels["live"]), ""), (
        "a stranger need not know"
    )


def test_a_code_that_no_label_has_says_what_to_do(town: Town, labels: dict[str, str]) -> None:
    swapped = labels["live"][:-1] + LETTERS[(LETTERS.index(labels["live"][-1]) + 1) % 32]
    for code, said in (
        (token_of(12345), "没有这个标签"), (swapped, "校验"), (labels["live"][:-1], "读到 12 位"), (labels["live"][:-1] + "U", "只含数字"),
        ("电视机", "读到 3 位"),
    ):  # fmt: skip
        answer = visit(town, f"/A/{quote(code)}")
        page = shown(answer)
        assert answer.status == 404
        assert said in page.text
        assert page.all("form")[0] == {"action": "/A", "method": "get"}
        assert shown(visit(town, page.link), "en").all("input")[0]["value"] == page.all("input")[0]["value"]


def test_whatever_is_typed_is_shown_and_never_run(town: Town) -> None:
    for code in (
        '"><script>alert(1)</script>',
        "<img src=x onerror=alert(1)>",
        "&lt;b&gt;",
        "x' onfocus='alert(1)",
    ):
        page = shown(visit(town, f"/A?code={quote(code)}"))
        assert not page.all("script")
        assert not page.all("img")


def test_without_a_contact_a_superiors_is_told(town: Town, labels: dict[str, str]) -> None:
    admin = town.as_("admin")
    admin.done("end_contact", body=town.bodies["education"])
    admin.done(
        "set_relation", body=town.bodies["education"], relation="SUPERVISED_BY", other=town.bodies["offices"]
    )
    wait(town)
    assert "门卫或收发室" in shown(visit(town, f"/A/{labels['live']}")).text
    admin.done("set_contact", body=town.bodies["offices"], phone="12345")
    wait(town)
    page = shown(visit(town, f"/A/{labels['live']}"))
    assert "兰州市机关事务管理局" in page.text
    assert "tel:12345" in [one["href"] for one in page.all("a")]


def test_one_page_costs_a_few_statements(
    town: Town, labels: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    with town.installation.reader.connection() as connection:
        execute = connection.execute

        def counted(*said: Any) -> Any:
            asked.append(str(said[0]))
            return execute(*said)

        monkeypatch.setattr(connection, "execute", counted)
        page_of(town.installation, "zh", labels["live"])
    assert len(asked) == 4
    asked.clear()
    page_of(town.installation, "zh", "no code at all")
    assert asked == []


def test_without_its_database_it_says_so_as_a_page(
    town: Town, labels: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise Crowded

    monkeypatch.setattr("api.landing.labels.by_token", away)
    answer = visit(town, f"/A/{labels['live']}")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "暂时无法" in shown(answer).text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.booleans())
def test_any_text_is_answered_with_a_page(town: Town, text: str, in_path: bool) -> None:
    said = quote(text.encode("utf-8", "surrogatepass"), safe="")
    answer = visit(town, f"/A/{said}" if in_path else f"/A?code={said}")
    assert answer.status in {200, 404}, answer.raw[:200]
    assert len(Page(answer.raw.decode()).all("h1")) == 1


def test_who_guesses_waits(town: Town, labels: dict[str, str]) -> None:
    codes = (token_of(n * 1000003) for n in range(200))
    answers = [visit(town, f"/A/{code}").status for code in codes]
    assert answers[:10] == [404] * 10
    assert 429 in answers
    answer = visit(town, f"/A/{labels['live']}")
    assert answer.status == 429, "who has guessed too often learns nothing of a good code either"
    assert 1 <= int(answer.headers["retry-after"]) <= 3
    assert "等待" in shown(answer).text
    assert town.as_("keeper").data("{ me { accountId } }"), "nobody is kept from working"


TEXTS: list[Any] = [
    lambda language: owner_page(language, token_of(1), Owner("甘肃省教育厅"), "KNOWN"),
    lambda language: owner_page(
        language, token_of(1), Owner("<b>&", "上级", "+86 931", "A & B", "<i>"), "ENDED"
    ),
    lambda language: owner_page(
        language, token_of(1), Owner("甘肃省教育厅", "甘肃省教育厅", "12345"), "REVOKED"
    ),
    lambda language: owner_page(
        language, token_of(1), Owner("X" * 200, "Y" * 200, "12345", "Z" * 200, "N" * 200), "BLANK"
    ),
    lambda language: miss_page(language, "ABC", "MISREAD"),
    lambda language: miss_page(language, token_of(1), "UNKNOWN"),
    form_page,
    lambda language: notice_page(language, "TOO_MANY", seconds=3),
    lambda language: notice_page(language, "AWAY"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", TEXTS)
def test_every_page_is_sound(made: Any, language: Language) -> None:
    page = must_be_sound(made(language), language)
    other = re.search("[一-鿿]{6,}" if language == "en" else r"\b[a-z]{4,} [a-z]{3,}\b", page.text)
    assert other is None or "教育" in other[0], "one language at a time"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_page(text: str) -> None:
    from api.landing import _shown  # noqa: PLC0415  # what the page says back

    page = Page(miss_page("zh", _shown(text), "MISREAD"))
    tags = [tag for tag, _ in page.tags]
    assert tags == [tag for tag, _ in Page(miss_page("zh", "ABC" if _shown(text) else "", "MISREAD")).tags], (
        "what is typed adds no tag"
    )
    assert page.all("input")[0]["value"] == _shown(text)
