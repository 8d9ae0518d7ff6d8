"""Stand-ins for services: they keep what they get, and answer as the path wants."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW = 3.0
"""Seconds before an answer to a path that ends with ``/slow``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Got:
    """A request, as a service got it."""

    service: str
    method: str
    target: str
    """Path and query, as they are in the request line."""
    headers: Mapping[str, str]
    """By names in lower case; values of one name are joined."""
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class StandIn:
    """A service of this machine."""

    name: str
    port: int
    got: list[Got] = field(default_factory=list[Got])


class _Server(ThreadingHTTPServer):
    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = StandIn(name=name, port=self.server_port)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def handle_one_request(self) -> None:
        """Answer every method: the base class looks for one function each."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self.answer()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def answer(self) -> None:
        service = self.server.service
        headers: dict[str, str] = {}
        for key, value in self.headers.items():
            known = headers.get(key.lower())
            headers[key.lower()] = value if known is None else f"{known}, {value}"
        # The base class shortens leading slashes in `path`.
        target = self.raw_requestline.decode("latin-1").split(" ")[1]
        service.got.append(
            Got(service=service.name, method=self.command, target=target, headers=headers, body=self.body())
        )
        wanted = target.partition("?")[0].rpartition("/")[2]
        if wanted == "gone":
            self.close_connection = True
            return
        if wanted == "slow":
            time.sleep(SLOW)
        content = service.name.encode()
        self.send_response(int(wanted) if re.fullmatch("[2-5][0-9][0-9]", wanted) else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@contextmanager
def stand_in(name: str) -> Generator[StandIn]:
    """Run a service. The last element of a path is its answer: ``503`` a status, ``slow`` a late one, ``gone`` none."""
    server = _Server(name)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
