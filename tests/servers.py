"""Several server processes on one town, clients that cost little, and what they left in the log."""

import http.client
import json
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from projections.catalogue import ALL
from projections.verify import verify
from tests.command_line import begin
from tests.errands import in_days
from tests.town import Town, command, plain

CLIENTS = 32


DUE = in_days(7)


@contextmanager
def serve(data: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`gongwu serve` as a process of the operating system, and its port. It may be dead already when the block ends."""
    process = begin(data, "--json", "serve", "--port", "0")
    try:
        assert process.stdout is not None
        port = urlsplit(json.loads(process.stdout.readline())["address"]).port
        assert port is not None
        yield process, port
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def two_servers(town: Town) -> Iterator[tuple[int, int]]:
    """Two more server processes on the database of a town."""
    place = town.installation.settings.data_dir
    with serve(place) as (_, one), serve(place) as (_, two):
        yield one, two


class Caller:
    """A client that costs little: the same bytes but for what changes, one kept connection."""

    def __init__(self, port: int, token: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept-Language": "en",
        }

    def call(self, name: str, **input: Any) -> dict[str, Any]:
        """The one member of the union; raises `OSError` or `HTTPException` when the line is cut."""
        self.line.request(
            "POST",
            "/graphql",
            json.dumps({"query": short(name), "variables": {"input": plain(input)}}),
            self.headers,
        )
        answer = self.line.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        assert "errors" not in body, body
        found: dict[str, Any] = next(iter(body["data"].values()))
        return found

    def close(self) -> None:
        self.line.close()


def short(name: str) -> str:
    """A mutation that asks only what became of it."""
    head = command(name).partition("__typename")[0]
    payload = "".join(part.capitalize() for part in name.split("_")) + "Payload"
    return f"{head} __typename ... on UserError {{ code }} ... on {payload} {{ position replayed }} }} }}"


def lending(town: Town, assets: Sequence[UUID]) -> dict[str, Any]:
    return {
        "lines": [{"asset": one, "quantity": 1} for one in assets],
        "borrower": town.bodies["health"],
        "receiver": town.signature("health_officer"),
        "due": DUE,
    }


def events_of(town: Town, commands: Sequence[UUID]) -> dict[UUID, list[tuple[int, str, UUID]]]:
    """(position, topic, stream) of what each command left in the log."""
    rows = town.sql(
        "SELECT (meta ->> 'command')::uuid, position, topic, stream FROM gongwu.events WHERE (meta ->> 'command')::uuid = ANY(%s)"
        " ORDER BY position",
        list(commands),
    )
    found: dict[UUID, list[tuple[int, str, UUID]]] = defaultdict(list)
    for id, position, topic, stream in rows:
        found[id].append((position, topic, stream))
    return found


def committed(town: Town, id: UUID) -> int:
    """Waits until a command has a receipt; its position."""
    ends = time.monotonic() + 30
    while not (rows := town.sql("SELECT position FROM gongwu.receipt WHERE command_id = %s", id)):
        assert time.monotonic() < ends, "it never got there"
        time.sleep(0.005)
    return int(rows[0][0])


def must_be_there_once(town: Town, journal: dict[UUID, UUID]) -> None:
    """The client's journal joined to the log: missing 0, doubled 0, and nothing half."""
    log = events_of(town, list(journal))
    assert not [id for id in journal if id not in log], "missing"
    for id, asset in journal.items():
        topics = Counter(topic for _, topic, _ in log[id])
        assert topics["asset.lent"] == topics["loan.opened"] == topics["slip.issued"] == 1, (asset, topics)
        positions = [position for position, _, _ in log[id]]
        assert positions == list(range(positions[0], positions[0] + len(positions)))
    lent = town.sql(
        "SELECT count(*) FROM gongwu.event WHERE topic = 'asset.lent' AND stream = ANY(%s)",
        list(journal.values()),
    )
    assert lent == [(len(journal),)], "doubled"


def wrong(town: Town) -> list[str]:
    return [line for one in verify(town.installation.logins.projector, ALL) for line in one.wrong]


def run_all(work: Callable[[int], None], who: Sequence[int] | range) -> None:
    """All at once; the first failure is the test's."""
    with ThreadPoolExecutor(len(who)) as pool:
        for done in [pool.submit(work, one) for one in who]:
            done.result()
