"""`/health`: is the database there, and how far behind is each projection? No secrets, no versions, no sign-in.

200 while queries can be answered, 503 when the database is away or a projection has stopped. The facts are looked up at most once a
second, however often one asks. A late clerk is shown and nothing more: deadlines hold by time, whoever has been told.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
from starlette.types import Receive, Scope, Send

log = logging.getLogger("gongwu.health")

REMEMBER_S = 1.0
PATIENCE_S = 3.0


class Standing(NamedTuple):
    """One projection: where it is, how many events it has still to take in, and whether it has stopped at one."""

    position: int
    lag: int
    stopped: bool = False


class Health:
    """An ASGI application; mount it with `Route("/health", health)`. `clerk_lag_s`: for how long the oldest deadline waits to be fired."""

    def __init__(
        self,
        database: Callable[[], bool],
        projections: Callable[[], Mapping[str, Standing]],
        clerk_lag_s: Callable[[], float] | None = None,
    ) -> None:
        self._database, self._projections, self._clerk_lag_s = database, projections, clerk_lag_s
        self._lock = asyncio.Lock()
        self._until = 0.0
        self._known: tuple[int, bytes] = (503, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        status, body = (405, b"") if scope["method"] not in ("GET", "HEAD") else await self._answer()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if status != 200:
            headers.append((b"retry-after", b"2") if status == 503 else (b"allow", b"GET, HEAD"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self) -> tuple[int, bytes]:
        async with self._lock:
            if time.monotonic() >= self._until:
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        self._known = await asyncio.to_thread(self._look)
                except TimeoutError:
                    self._known = _told("away", {})
                self._until = time.monotonic() + REMEMBER_S
            return self._known

    def _look(self) -> tuple[int, bytes]:
        try:
            if not self._database():
                return _told("away", {})
            late = self._clerk_lag_s() if self._clerk_lag_s else None
            return _told("here", self._projections(), late)
        except Exception:
            log.exception("health could not be looked up")
            return _told("away", {})


def _told(
    database: str, standings: Mapping[str, Standing], clerk_lag_s: float | None = None
) -> tuple[int, bytes]:
    stopped = any(one.stopped for one in standings.values())
    status = "down" if database == "away" else "stopped" if stopped else "ok"
    shown: dict[str, Any] = {
        name: {
            "position": str(one.position),
            "lag": one.lag,
            "state": "stopped" if one.stopped else "running",
        }
        for name, one in standings.items()
    }
    body = orjson.dumps(
        {"status": status, "database": database, "projections": shown}
        | ({} if clerk_lag_s is None else {"clerk": {"lagS": int(clerk_lag_s)}})
    )
    return (200 if status == "ok" else 503), body
