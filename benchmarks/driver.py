"""A lean client: raw keep-alive connections in one event loop, requests made beforehand, answers hardly looked at.

It shares two processors with what it measures, so it must cost little: about 20 microseconds a request.
"""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from typing import cast

import uvloop


class Unexpected(Exception):
    """An answer that is not what the request should get."""


def request(path: str, token: str, body: bytes) -> bytes:
    """A whole request as bytes. An empty body makes it a GET."""
    method = "POST" if body else "GET"
    head = f"{method} {path} HTTP/1.1\r\nHost: gongwu\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def drive(
    address: tuple[str, int],
    streams: Sequence[Iterator[bytes]],
    seconds: float,
    *,
    sign: bytes,
    warm_s: float = 0.5,
) -> float:
    """Requests per second, one connection per stream, each asking again as soon as it is answered.

    `sign` stands in every good answer. Raises `Unexpected`.
    """
    return uvloop.run(_drive(address, streams, seconds, sign, warm_s))


def ask(address: tuple[str, int], request: bytes) -> bytes:
    """The body of one answer."""
    with socket.create_connection(address) as connection:
        connection.sendall(request)
        head, _, body = connection.recv(1 << 20).partition(b"\r\n\r\n")
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(1 << 20)
    return body


class _Client(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], sign: bytes, failed: "asyncio.Future[None]") -> None:
        self._requests, self._sign, self._failed = requests, sign, failed
        self._transport: asyncio.WriteTransport | None = None
        self._got, self._length = b"", -1
        self.answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._got = got = self._got + data if self._got else data
        if self._length < 0:
            end = got.find(b"\r\n\r\n")
            if end < 0:
                return
            at = got.lower().find(b"content-length:", 0, end)
            self._length = end + 4 + int(got[at + 15 : got.find(b"\r\n", at)])
        if len(got) < self._length:
            return
        if not got.startswith(b"HTTP/1.1 200") or self._sign not in got:
            self._fail(Unexpected(got[:2000].decode("utf-8", "replace")))
            return
        self._got, self._length = b"", -1
        self.answered += 1
        try:
            if self._transport is not None:
                self._transport.write(next(self._requests))
        except StopIteration:
            self._fail(Unexpected("there are no requests left: stock more assets"))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(Unexpected(f"the server hung up: {error}"))

    def leave(self) -> None:
        if self._transport is not None:
            transport, self._transport = self._transport, None
            transport.abort()

    def _fail(self, error: Exception) -> None:
        if self._transport is not None and not self._failed.done():
            self._failed.set_exception(error)


async def _drive(
    address: tuple[str, int], streams: Sequence[Iterator[bytes]], seconds: float, sign: bytes, warm_s: float
) -> float:
    loop = asyncio.get_running_loop()
    failed: asyncio.Future[None] = loop.create_future()
    clients = [_Client(stream, sign, failed) for stream in streams]
    try:
        for client in clients:
            await loop.create_connection(lambda client=client: client, *address)  # type: ignore[misc]  # bound at once
        await asyncio.wait([failed], timeout=warm_s)
        before, began = sum(client.answered for client in clients), time.perf_counter()
        await asyncio.wait([failed], timeout=seconds)
        answered, took = sum(client.answered for client in clients) - before, time.perf_counter() - began
    finally:
        for client in clients:
            client.leave()
    if failed.done():
        failed.result()
    failed.cancel()
    return answered / took
