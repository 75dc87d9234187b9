"""A proxy before a PostgreSQL socket that can swallow a reply: the server has committed, the client never hears."""

import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class CuttingProxy:
    """`conninfo` leads through it. `cut_next(mark)`: the next message with that mark is carried out, then cut."""

    def __init__(self, conninfo: str) -> None:
        parts = conninfo_to_dict(conninfo)
        name = f".s.PGSQL.{parts.get('port', 5432)}"
        self._target = str(Path(str(parts["host"])) / name)
        self._folder = tempfile.TemporaryDirectory(prefix="gongwu-proxy-", dir="/tmp")
        self.conninfo = make_conninfo(conninfo, host=self._folder.name)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(Path(self._folder.name) / name))
        self._listener.listen(64)
        self._mark = b""
        self._cuts = 0
        self.cut = 0
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._pairs: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut_next(self, mark: bytes, times: int = 1) -> None:
        """Swallow the replies to the next messages that contain the mark, and hang up."""
        with self._lock:
            self._mark, self._cuts = mark, times

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:
                client.close()
                server.close()
                continue
            self._open += [client, server]
            pair = threading.Thread(target=self._serve, args=(client, server), daemon=True)
            pair.start()
            self._pairs.append(pair)

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        marked = threading.Event()
        onwards = threading.Thread(target=self._forward, args=(client, server, marked), daemon=True)
        onwards.start()
        self._return(server, client, marked)
        onwards.join()
        client.close()
        server.close()

    def _forward(self, client: socket.socket, server: socket.socket, marked: threading.Event) -> None:
        try:
            while data := client.recv(1 << 16):
                with self._lock:
                    if self._cuts and self._mark in data:
                        self._cuts -= 1
                        marked.set()
                server.sendall(data)
        except OSError:
            pass
        finally:
            _hang_up(client, server)

    def _return(self, server: socket.socket, client: socket.socket, marked: threading.Event) -> None:
        try:
            while data := server.recv(1 << 16):
                if marked.is_set():  # a reply to autocommit: what it answers is committed
                    self.cut += 1
                    break
                client.sendall(data)
        except OSError:
            pass
        finally:
            _hang_up(client, server)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody; from then on nothing answers at this address."""
        _hang_up(self._listener)
        self._accepting.join()
        self._listener.close()
        _hang_up(*self._open)
        for pair in self._pairs:
            pair.join()
        self._folder.cleanup()


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
