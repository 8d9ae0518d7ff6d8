"""Stand-ins for services: they keep what they get, and answer as the path wants."""

from __future__ import annotations

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


@contextmanager
def stand_in(name: str) -> Generator[StandIn]:
    """Run a service. The last element of a path is its answer: ``503`` a status, ``slow`` a late one, ``gone`` none."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
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
            self.rfile.readline()
            return b"".join(parts)

        def answer(self) -> None:
            headers: dict[str, str] = {}
            for key, value in self.headers.items():
                headers[key.lower()] = ", ".join((headers[key.lower()], value)) if key.lower() in headers else value
            # http.server shortens leading slashes in `path`.
            target = self.raw_requestline.decode("latin-1").split(" ")[1]
            found.got.append(
                Got(service=name, method=self.command, target=target, headers=headers, body=self.body())
            )
            wanted = target.partition("?")[0].rpartition("/")[2]
            if wanted == "gone":
                self.close_connection = True
                return
            if wanted == "slow":
                time.sleep(SLOW)
            content = name.encode()
            self.send_response(int(wanted) if wanted.isdecimal() and 200 <= int(wanted) < 600 else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = StandIn(name=name, port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
