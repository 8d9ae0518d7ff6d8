"""The watch of the cluster tests: it misses no change, however often the server ends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlparse

from tests.cluster.api import Watch

import pytest


class Server(BaseHTTPRequestHandler):
    """Ends each watch after one change."""

    since: ClassVar[list[str]] = []
    newest = 4

    def do_GET(self) -> None:
        since = parse_qs(urlparse(self.path).query)["resourceVersion"][0]
        self.since.append(since)
        number = int(since) + 1
        event: dict[str, object] = (
            {"type": "MODIFIED", "object": {"metadata": {"name": "web", "resourceVersion": str(number)}}}
            if number <= self.newest
            else {"type": "ERROR", "object": {"metadata": {}, "message": "too old resource version"}}
        )
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(event).encode() + b"\n")

    def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Server.since.clear()
        yield server.server_port
        server.shutdown()


def test_a_watch_that_the_server_ends_is_taken_up_where_it_ended(port: int) -> None:
    watch = Watch(port, "/api/v1/pods", "1")
    changes = iter(watch)
    assert [next(changes)[1]["metadata"]["resourceVersion"] for _ in range(3)] == ["2", "3", "4"]
    assert Server.since == ["1", "2", "3"]
    watch.wake()
    watch.close()
    assert list(changes) == []


def test_a_watch_reports_an_expired_version(port: int) -> None:
    with pytest.raises(LookupError, match="watch /api/v1/pods since 4: too old resource version"):
        list(Watch(port, "/api/v1/pods", "3"))
