"""Requests as bytes, which no client library would send, over HTTP/1.1 and HTTP/2."""

from __future__ import annotations

import re
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from tests.operators.gateways.door import CLIENT, MACHINE, Door

POD = re.compile(rb"^x-pod: (\S+) (\S*)\r$", re.MULTILINE | re.IGNORECASE)
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
BODY = re.compile(rb'"address": "([^"]+)", "method": "[^"]*", "path": "([^"]*)"')
PATIENCE = 5
"""Seconds for an answer on a connection that stays open."""

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, HEADERS, DATA, GOAWAY, RESET = 4, 1, 0, 7, 3
ACK = END_STREAM = 1
END_HEADERS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What came back for all requests of a connection."""

    content: bytes
    """All of it."""

    pods: tuple[tuple[str, str], ...]
    """The address of each pod that answered, and the path that it got."""

    @property
    def statuses(self) -> list[int]:
        """Those of HTTP/1.1."""
        return [int(each) for each in STATUS.findall(self.content)]


def send(
    door: Door,
    content: bytes,
    *,
    tls: bool | None = None,
    name: str | None = None,
    source: str = CLIENT,
    certificate: str | None = None,
    http2: bool = False,
) -> Reply:
    """Send bytes to a gateway, and read until it closes the connection. `name` is that of TLS; empty for none."""
    secured = door.tls if tls is None else tls
    raw = socket.create_connection((MACHINE, door.https if secured else door.http), PATIENCE, (source, 0))
    found = b""
    with ExitStack() as stack, suppress(OSError):  # it refuses the connection, closes it, or keeps it open
        stack.callback(raw.close)
        sock = raw
        if secured:
            sock = _secured(door, raw, door.host if name is None else name, certificate, http2=http2)
            stack.callback(sock.close)
        sock.sendall(content)
        while (part := sock.recv(65536)) and not (http2 and _ended(found + part)):
            found += part
        found += part
    pods = POD.findall(found) if not http2 else BODY.findall(_data(found))
    return Reply(content=found, pods=tuple((address.decode(), path.decode()) for address, path in pods))


def request(target: str, *, host: str, method: str = "GET", headers: tuple[str, ...] = (), body: str = "") -> bytes:
    """The bytes of a request of HTTP/1.1, as they are written."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, "Connection: close"]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode("latin-1")


def http2(headers: Mapping[str, str]) -> bytes:
    """The bytes of a request of HTTP/2, beginning with those of the connection; names without a code of their own."""
    block = b"".join(b"\x00" + _text(name) + _text(value) for name, value in headers.items())
    return PREFACE + _frame(SETTINGS, 0, 0, b"") + _frame(HEADERS, END_HEADERS | END_STREAM, 1, block)


def _secured(door: Door, raw: socket.socket, name: str, certificate: str | None, *, http2: bool) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if http2:
        context.set_alpn_protocols(["h2"])
    if certificate:
        context.load_cert_chain(door.folder / f"{certificate}.crt", door.folder / f"{certificate}.key")
    return context.wrap_socket(raw, server_hostname=name or None)


def _text(text: str) -> bytes:
    content = text.encode("latin-1")
    assert len(content) < 127, text
    return bytes([len(content)]) + content


def _frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    return struct.pack(">I", len(content))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + content


def _frames(content: bytes) -> list[tuple[int, int, bytes]]:
    found: list[tuple[int, int, bytes]] = []
    while len(content) >= 9 and len(content) >= (end := 9 + int.from_bytes(content[:3], "big")):
        found.append((content[3], content[4], content[9:end]))
        content = content[end:]
    return found


def _ended(content: bytes) -> bool:
    return any(
        kind in (GOAWAY, RESET) or (kind in (HEADERS, DATA) and flags & END_STREAM)
        for kind, flags, _ in _frames(content)
    )


def _data(content: bytes) -> bytes:
    return b"".join(part for kind, _, part in _frames(content) if kind == DATA)
