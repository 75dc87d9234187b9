"""Photos and papers: only what they are said to be gets in, it stays what it was, it leaves as a download."""

import asyncio
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Header, HTTPException
from PIL import Image

from api.evidence import evidence_routes
from api.graphql.principal import Principal
from api.slips import slip_routes
from labels.slip import Party, SlipKind, SlipLine, SlipPaper
from projections.store.evidence import EvidenceStore, NotKept
from projections.store.sniffing import ALLOWED, HEIC, JPEG, OFD, PDF, PNG, TIFF, WEBP, XLSX

pytestmark = pytest.mark.slow  # each is quick; loading the web's machinery is not

KEEPER = Principal(UUID(int=1), "keeper")
STRANGER = Principal(UUID(int=2), "stranger")


def picture(form: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 10, 10)).save(made, form)
    return made.getvalue()


def container(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in names:
            packed.writestr(name, "<x/>")
    return made.getvalue()


SHEET = container("[Content_Types].xml", "xl/workbook.xml")
SCAN = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
GOOD = {
    JPEG: picture("JPEG"),
    PNG: picture("PNG"),
    WEBP: picture("WEBP"),
    TIFF: picture("TIFF"),
    HEIC: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40),
    PDF: SCAN,
    XLSX: SHEET,
    OFD: container("OFD.xml", "Doc_0/Document.xml"),
}


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", largest=100_000, spare=0)


def files_in(store: EvidenceStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def refusal(store: EvidenceStore, body: bytes, media_type: str) -> str:
    with pytest.raises(NotKept) as caught:
        store.put([body], media_type)
    assert files_in(store) == []
    return caught.value.code


@pytest.mark.parametrize("media_type", sorted(ALLOWED))
def test_every_allowed_type_is_kept_and_found_again(store: EvidenceStore, media_type: str) -> None:
    body = GOOD[media_type]
    kept = store.put([body[:5], body[5:]], media_type)
    assert (kept.sha256, kept.size) == (hashlib.sha256(body).hexdigest(), len(body))
    assert store.find(kept.sha256) == kept
    assert kept.media_type == media_type
    with store.open(kept.sha256) as file:
        assert file.read() == body
    assert store.exists(kept.sha256)
    assert store.verify(kept.sha256)


@pytest.mark.parametrize("said", sorted(ALLOWED))
def test_a_file_that_is_not_what_it_was_announced_as_is_refused(store: EvidenceStore, said: str) -> None:
    for media_type, body in GOOD.items():
        if media_type != said:
            assert refusal(store, body, said) == "TYPE_MISMATCH"
    assert refusal(store, b"<html><script>alert(1)</script>", said) == "TYPE_MISMATCH"
    assert refusal(store, b"MZ\x90\x00", said) == "TYPE_MISMATCH"


@pytest.mark.parametrize("said", ["text/html", "image/svg+xml", "application/zip", "application/x", ""])
def test_other_types_are_refused_before_anything_is_read(store: EvidenceStore, said: str) -> None:
    assert refusal(store, GOOD[JPEG], said) == "TYPE_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (JPEG, GOOD[JPEG][:20] + SCAN),
        (JPEG, GOOD[JPEG] + SHEET),
        (PNG, GOOD[PNG][:8] + b"<HTML><body onload=x>"),
        (WEBP, b"RIFF\x10\0\0\0WEBP<script>"),
        (TIFF, b"II*\0<svg onload=x>"),
        (PDF, SCAN + SHEET),
        (PDF, SCAN + container("META-INF/MANIFEST.MF", "Evil.class")),
        (XLSX, container("%PDF-1.4", "[Content_Types].xml", "xl/workbook.xml")),
    ],
)
def test_a_polyglot_is_refused(store: EvidenceStore, said: str, body: bytes) -> None:
    assert refusal(store, body, said) == "AMBIGUOUS"


@pytest.mark.parametrize(
    "body",
    [
        container("word/document.xml", "[Content_Types].xml"),
        container("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        container("[Content_Types].xml", "xl/workbook.xml", *(f"xl/{at}.xml" for at in range(2_100))),
        SHEET[:-30],
        b"PK\x03\x04" + bytes(100),
    ],
    ids=["word", "macros", "too many parts", "cut short", "nothing but a beginning"],
)
def test_a_container_that_is_no_plain_spreadsheet_is_refused(tmp_path: Path, body: bytes) -> None:
    assert refusal(EvidenceStore(tmp_path, spare=0), body, XLSX) == "TYPE_MISMATCH"


def test_a_file_may_have_the_largest_size_and_not_a_byte_more(store: EvidenceStore) -> None:
    body = GOOD[JPEG] + bytes(store.largest - len(GOOD[JPEG]))
    assert refusal(store, body + b"\0", JPEG) == "TOO_LARGE"
    assert store.put([body], JPEG).size == store.largest


def test_an_empty_file_is_refused(store: EvidenceStore) -> None:
    assert refusal(store, b"", JPEG) == "EMPTY"


def test_files_are_refused_while_the_disk_still_has_room_for_the_log(tmp_path: Path) -> None:
    assert refusal(EvidenceStore(tmp_path, spare=1 << 60), GOOD[JPEG], JPEG) == "NO_ROOM"


NO_HASHES = ["../../etc/passwd", "..", "", "a" * 63, "A" * 64, "a" * 64 + "\n", "a" * 32 + "/" + "b" * 31]


@pytest.mark.parametrize("name", NO_HASHES)
def test_what_is_no_hash_leads_nowhere(store: EvidenceStore, name: str) -> None:
    assert store.find(name) is None
    assert not store.exists(name)
    assert not store.verify(name)
    with pytest.raises(FileNotFoundError):
        store.open(name)


def test_a_link_in_the_folder_is_not_followed(store: EvidenceStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(GOOD[JPEG])
    path = store.path("ab" * 32)
    path.parent.mkdir(parents=True)
    path.symlink_to(outside)
    assert store.find("ab" * 32) is None


def test_only_the_owner_can_look_into_the_folder(store: EvidenceStore) -> None:
    before = os.umask(0)
    try:
        kept = store.put([GOOD[PNG]], PNG)
    finally:
        os.umask(before)
    path = store.path(kept.sha256)
    assert path.relative_to(store.folder).parts == (kept.sha256[:2], kept.sha256[2:4], kept.sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, store.folder, store.folder / "incoming"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_file_is_kept_once_even_when_many_send_it_at_the_same_time(store: EvidenceStore) -> None:
    body = GOOD[PNG] + os.urandom(50_000)
    together = Barrier(8)

    def send(_: int) -> str:
        other = EvidenceStore(store.folder, largest=100_000, spare=0)
        together.wait()
        return other.put([body[at : at + 4096] for at in range(0, len(body), 4096)], PNG).sha256

    with ThreadPoolExecutor(8) as threads:
        hashes = set(threads.map(send, range(8)))
    assert hashes == {hashlib.sha256(body).hexdigest()}
    assert [path.read_bytes() for path in files_in(store)] == [body]


def test_a_damaged_file_is_noticed_and_healed_when_sent_again(store: EvidenceStore) -> None:
    kept = store.put([GOOD[PNG]], PNG)
    store.path(kept.sha256).write_bytes(GOOD[PNG][:-1] + b"!")
    assert not store.verify(kept.sha256)
    store.put([GOOD[PNG]], PNG)
    assert store.verify(kept.sha256)


def test_an_upload_that_breaks_off_leaves_nothing(store: EvidenceStore) -> None:
    def broken() -> Iterator[bytes]:
        yield GOOD[PNG]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(broken(), PNG)
    assert files_in(store) == []


def test_a_killed_server_leaves_no_half_file_under_a_hash_and_its_rest_is_removed(
    store: EvidenceStore,
) -> None:
    script = (
        "import sys, pathlib, os, signal\n"
        "from projections.store.evidence import EvidenceStore\n"
        "arrival = EvidenceStore(pathlib.Path(sys.argv[1]), spare=0).receive('image/png')\n"
        "arrival.write(bytes.fromhex(sys.argv[2])); arrival._file.flush()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(store.folder), GOOD[PNG].hex()],
        cwd=Path(__file__).parent.parent,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    left = files_in(store)
    assert [path.parent.name for path in left] == ["incoming"]
    assert store.find(hashlib.sha256(GOOD[PNG]).hexdigest()) is None
    now = datetime.now(UTC)
    assert store.clear_leftovers(now - timedelta(hours=1)) == 0
    assert store.clear_leftovers(now + timedelta(hours=1)) == 1
    assert files_in(store) == []


# Over HTTP


def signed_in(authorization: str | None = Header(None)) -> Principal:
    known = {"Bearer keeper": KEEPER, "Bearer stranger": STRANGER}.get(authorization or "")
    if known is None:
        raise HTTPException(401)
    return known


def a_slip(who: Principal, series: str, number: int) -> SlipPaper | None:
    if who != KEEPER or (series, number) != ("GS-LOAN-2026", 123):
        return None
    return SlipPaper(
        kind=SlipKind.LOAN,
        number="GS-LOAN-2026-000123",
        warehouse="公物仓",
        year=2026,
        issued_at=datetime(2026, 11, 23, tzinfo=UTC),
        giver=Party("甲", "𠮷"),
        receiver=Party("乙"),
        lines=(SlipLine(property_number="1", name="椅"),),
        due=date(2026, 12, 1),
    )


class Client:
    """Asks the routes as the keeper does, unless other headers are given."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, **options))

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        usual = {"Authorization": "Bearer keeper", "Accept-Language": "en"}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gongwu", headers=usual) as client:
            return await client.request(method, path, **options)


@pytest.fixture
def client(store: EvidenceStore) -> Client:
    app = FastAPI()
    app.include_router(
        evidence_routes(store, signed_in, lambda who, sha256: who == KEEPER, lambda who, sha256: None)
    )
    app.include_router(slip_routes(signed_in, a_slip))
    return Client(app)


def test_a_photo_goes_up_and_comes_down_as_a_sealed_download(client: Client) -> None:
    sent = client.post("/evidence", content=GOOD[JPEG], headers={"Content-Type": "image/jpeg"})
    sha256 = hashlib.sha256(GOOD[JPEG]).hexdigest()
    assert sent.status_code == 201
    assert sent.json() == {"sha256": sha256, "size": len(GOOD[JPEG]), "mediaType": "image/jpeg"}
    got = client.get(sent.headers["location"])
    assert got.status_code == 200
    assert got.content == GOOD[JPEG]
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["content-disposition"] == f'attachment; filename="{sha256[:16]}.jpg"'
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert got.headers["cache-control"] == "private, no-store"


def test_nobody_uploads_or_downloads_without_signing_in(client: Client, store: EvidenceStore) -> None:
    nobody = {"Authorization": "", "Content-Type": "image/jpeg"}
    assert client.post("/evidence", content=GOOD[JPEG], headers=nobody).status_code == 401
    assert files_in(store) == []
    kept = store.put([GOOD[JPEG]], JPEG)
    assert client.get(f"/evidence/{kept.sha256}", headers=nobody).status_code == 401


def test_a_file_one_may_not_read_looks_like_none(client: Client, store: EvidenceStore) -> None:
    kept = store.put([GOOD[JPEG]], JPEG)
    stranger = {"Authorization": "Bearer stranger"}
    hidden = client.get(f"/evidence/{kept.sha256}", headers=stranger)
    absent = client.get(f"/evidence/{'0' * 64}", headers=stranger)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()
    assert hidden.json()["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("media_type", "body", "status", "code"),
    [
        ("text/html", b"<html>", 415, "TYPE_NOT_ALLOWED"),
        ("image/png", GOOD[JPEG], 415, "TYPE_MISMATCH"),
        ("image/jpeg", GOOD[JPEG] + SHEET, 415, "AMBIGUOUS"),
        ("image/jpeg", GOOD[JPEG] + bytes(100_000), 413, "TOO_LARGE"),
        ("image/jpeg", b"", 400, "EMPTY"),
    ],
)
def test_what_is_not_taken_is_told_with_a_code(
    client: Client, store: EvidenceStore, media_type: str, body: bytes, status: int, code: str
) -> None:
    answer = client.post("/evidence", content=body, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    assert files_in(store) == []


def test_a_body_without_a_length_is_counted_as_it_comes(client: Client, store: EvidenceStore) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield GOOD[JPEG] + bytes(60_000)

    answer = client.post("/evidence", content=endless(), headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 413
    assert files_in(store) == []


@pytest.mark.parametrize(
    ("limits", "status", "code"),
    [({"at_once": 0}, 503, "BUSY"), ({"wait_s": 0}, 408, "TOO_SLOW")],
)
def test_uploads_are_limited_in_number_and_time(
    store: EvidenceStore, limits: dict[str, int], status: int, code: str
) -> None:
    app = FastAPI()
    app.include_router(
        evidence_routes(store, signed_in, lambda who, sha256: True, lambda who, sha256: None, **limits)
    )
    answer = Client(app).post("/evidence", content=GOOD[JPEG], headers={"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert files_in(store) == []


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "%2e%2e", "incoming", "a" * 63])
def test_a_path_in_place_of_a_hash_finds_nothing(client: Client, name: str) -> None:
    assert client.get(f"/evidence/{name}").status_code == 404


def test_a_slip_is_served_as_pdf_and_names_what_the_font_lacks(client: Client) -> None:
    answer = client.get("/slips/GS-LOAN-2026/000123.pdf?lang=zh")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="GS-LOAN-2026-000123.pdf"'
    assert answer.headers["x-missing-glyphs"] == "U+20BB7"
    assert client.get("/slips/GS-LOAN-2026/000123.pdf").content != answer.content


NO_SLIPS = [
    "GS-LOAN-2026/000124",
    "GS-LOAN-2026/0",
    "GS-LOAN-2026/x",
    "GS-LOAN-2026/%D9%A1",
    "x/" + "9" * 5000,
]


@pytest.mark.parametrize("path", NO_SLIPS)
def test_a_slip_that_is_not_there_or_not_yours_is_not_found(client: Client, path: str) -> None:
    assert client.get(f"/slips/{path}.pdf").json()["code"] == "SLIP_NOT_FOUND"
    mine = client.get("/slips/GS-LOAN-2026/000123.pdf", headers={"Authorization": "Bearer stranger"})
    assert (mine.status_code, mine.json()["code"]) == (404, "SLIP_NOT_FOUND")
    assert client.get("/slips/GS-LOAN-2026/000123.pdf?lang=fr").status_code == 422
