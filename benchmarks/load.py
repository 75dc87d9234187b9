"""A driver that costs little: prepared requests on a few kept-alive connections, in one thread, answers counted and checked for 200."""

import selectors
import socket
import time
from dataclasses import dataclass
from itertools import cycle

CHUNK = 256 * 1024


@dataclass(slots=True)
class _Talk:
    """One connection: what has come of the answer, and how long it will be."""

    sock: socket.socket
    head: bytes = b""
    length: int = -1
    got: int = 0

    def take(self, part: bytes) -> bool:
        """Takes in a part; whether the answer is complete."""
        if self.length < 0:
            self.head += part
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            if not self.head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(self.head[:2000].decode("utf-8", "replace"))
            at = self.head.lower().index(b"content-length:") + 15
            self.length = end + 4 + int(self.head[at : self.head.index(b"\r\n", at)])
            self.got = len(self.head)
        else:
            self.got += len(part)
        if self.got < self.length:
            return False
        self.head, self.length, self.got = b"", -1, 0
        return True


def requests_per_second(
    address: tuple[str, int], requests: list[bytes], *, connections: int, seconds: float
) -> float:
    """Sends the requests round and round on that many connections, each waiting for its answer."""
    following = cycle(requests)
    with selectors.DefaultSelector() as selector:
        talks = [_Talk(socket.create_connection(address)) for _ in range(connections)]
        try:
            for talk in talks:
                talk.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(talk.sock, selectors.EVENT_READ, talk)
                talk.sock.sendall(next(following))
            done, began = 0, time.perf_counter()
            while time.perf_counter() < began + seconds:
                for key, _ in selector.select(1):
                    part = key.data.sock.recv(CHUNK)
                    if not part:
                        raise RuntimeError("the server hung up")
                    if key.data.take(part):
                        done += 1
                        key.data.sock.sendall(next(following))
            return done / (time.perf_counter() - began)
        finally:
            for talk in talks:
                talk.sock.close()


def http(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """One request as bytes."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: bench",
        f"authorization: Bearer {token}",
        "accept: application/json",
    ]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
