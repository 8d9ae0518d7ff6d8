"""The pods behind a gateway: a program that answers for every address of a pod, and tells what it got.

python backends.py FOLDER

FOLDER has `tls.crt` and `tls.key`, for clients that begin with TLS, and `keys.json`, which is at `/keys` of the host `id.acme.io`. The query of a request is how it is answered: `status=503`,
`sleep=2`, `size=5000`; with `first=KEY` only the first request with that key, and later ones well. Requests with `count=KEY` are
counted, and the answer to `counted=KEY` has how many each address got.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

PORT = 30080
"""Operators listen on the port that is declared, 8080."""
WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEYS = ("id.acme.io", "/keys")
"""The host and path with the keys of the issuer of tokens."""
HANDSHAKE = 0x16
"""The first byte of a connection with TLS."""


class Handler(BaseHTTPRequestHandler):
    """Answers with what it got, as JSON; the header ``X-Pod`` has its address and the path, for answers without a body."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    known: ClassVar[set[str]] = set()
    keys: ClassVar[bytes] = b""
    counts: ClassVar[defaultdict[str, Counter[str]]] = defaultdict(Counter)
    lock = threading.Lock()

    def answer(self) -> None:
        """The answer to any method."""
        body = self.body()
        query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.open_websocket()
            return
        changed = self.is_changed(query)
        if changed:
            time.sleep(float(query.get("sleep", 0)))
        if "count" in query:
            with self.lock:
                self.counts[query["count"]][self.connection.getsockname()[0]] += 1
        counted: dict[str, int] = self.counts[query["counted"]] if "counted" in query else {}
        content = self.content(len(body), int(query.get("size", 0)), dict(counted))
        if (self.headers.get("Host", "").partition(":")[0], self.path) == KEYS:
            content = self.keys
        with suppress(OSError):  # whoever waited has gone
            self.send_response(int(query.get("status", 200)) if changed else 200)
            self.send_header("X-Pod", f"{self.connection.getsockname()[0]} {self.path}")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

    def is_changed(self, query: dict[str, str]) -> bool:
        key = query.get("first")
        if key is None:
            return True
        with self.lock:
            first = key not in self.known
            self.known.add(key)
        return first

    def content(self, received: int, size: int, counted: dict[str, int]) -> bytes:
        found: dict[str, Any] = {
            "address": self.connection.getsockname()[0],
            "method": self.command,
            "path": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "received": received,
            "tls": isinstance(self.connection, ssl.SSLSocket),
            "filling": "a" * size,
            "counted": counted,
        }
        return json.dumps(found).encode()

    def open_websocket(self) -> None:
        key = self.headers["Sec-WebSocket-Key"] + WEBSOCKET
        self.send_response(101)
        self.send_header("X-Pod", f"{self.connection.getsockname()[0]} {self.path}")
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.wfile.write(b"\x81\x04open")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing."""


for _method in ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"):
    setattr(Handler, f"do_{_method}", Handler.answer)


class Server(ThreadingHTTPServer):
    """Takes TLS and plain HTTP on the same port."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, folder: Path) -> None:
        super().__init__(("0.0.0.0", PORT), Handler)
        Handler.keys = (folder / "keys.json").read_bytes()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "tls.crt", folder / "tls.key")

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of the connection, which alone waits for its first byte."""
        with suppress(OSError):
            request.settimeout(60)
            first = request.recv(1, socket.MSG_PEEK)
            if first and first[0] == HANDSHAKE:
                request = self.context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)


if __name__ == "__main__":
    Server(Path(sys.argv[1])).serve_forever()
