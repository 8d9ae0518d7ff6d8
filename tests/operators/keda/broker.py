"""A broker that says how long its queues are: as much of AMQP 0-9-1 as a client needs to ask for it.

https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
"""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

HEADER = b"AMQP\x00\x00\x09\x01"
END = b"\xce"
METHOD, HEARTBEAT = 1, 8
START, START_OK, TUNE, TUNE_OK, OPEN, OPEN_OK = (10, 10), (10, 11), (10, 30), (10, 31), (10, 40), (10, 41)
CLOSE, CLOSE_OK = (10, 50), (10, 51)
CHANNEL_OPEN, CHANNEL_OPEN_OK, CHANNEL_CLOSE, CHANNEL_CLOSE_OK = (20, 10), (20, 11), (20, 40), (20, 41)
DECLARE, DECLARE_OK = (50, 10), (50, 11)
NOT_FOUND, REFUSED = 404, 403


@dataclass(kw_only=True)
class Broker:
    """The queues, and who asked for them."""

    host: str
    port: int
    logins: dict[str, str]
    """Passwords by user."""

    virtual_host: str
    queues: dict[str, int]
    """Messages by queue. It may be changed at any time."""

    down: bool = False
    """Whether every connection is refused."""

    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """User and virtual host of each client that was let in."""

    refused: set[str] = field(default_factory=set[str])
    """Users that were not."""

    def __enter__(self) -> Self:
        broker = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError, EOFError):
                    _Session(broker, self).serve()

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer((self.host, self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Session:
    """One client."""

    def __init__(self, broker: Broker, handler: socketserver.StreamRequestHandler) -> None:
        self._broker = broker
        self._read, self._write = handler.rfile, handler.wfile

    def serve(self) -> None:
        if self._exactly(len(HEADER)) != HEADER or self._broker.down:
            return
        self._send(0, START, b"\x00\x09", _table(), _long(b"PLAIN"), _long(b"en_US"))
        for channel, method, content in self._methods():
            if self._broker.down or not self._answer(channel, method, content):
                return

    def _answer(self, channel: int, method: tuple[int, int], content: bytes) -> bool:
        """Answer a method. Returns whether the session goes on."""
        match method:
            case (10, 11):
                return self._log_in(content)
            case (10, 40):
                name = content[1 : 1 + content[0]].decode()
                if name != self._broker.virtual_host:
                    self._send(0, CLOSE, struct.pack(">H", NOT_FOUND), _short(b"no virtual host"), b"\x00" * 4)
                    return False
                self._broker.seen.add((self._user, name))
                self._send(0, OPEN_OK, _short(b""))
            case (20, 10):
                self._send(channel, CHANNEL_OPEN_OK, _long(b""))
            case (50, 10):
                self._length(channel, content)
            case (20, 40):
                self._send(channel, CHANNEL_CLOSE_OK)
            case (10, 50):
                self._send(0, CLOSE_OK)
                return False
            case _:
                pass
        return True

    def _log_in(self, content: bytes) -> bool:
        (size,) = struct.unpack_from(">I", content)
        rest = content[4 + size :]
        rest = rest[1 + rest[0] :]  # the mechanism
        (size,) = struct.unpack_from(">I", rest)
        _, user, password = (part.decode() for part in rest[4 : 4 + size].split(b"\x00"))
        self._user = user
        if self._broker.logins.get(user) != password:
            self._broker.refused.add(user)
            self._send(0, CLOSE, struct.pack(">H", REFUSED), _short(b"ACCESS_REFUSED"), b"\x00" * 4)
            return False
        self._send(0, TUNE, struct.pack(">HIH", 2047, 131072, 60))
        return True

    def _length(self, channel: int, content: bytes) -> None:
        name = content[3 : 3 + content[2]]
        messages = self._broker.queues.get(name.decode())
        if messages is None:
            where = struct.pack(">HH", *DECLARE)
            self._send(channel, CHANNEL_CLOSE, struct.pack(">H", NOT_FOUND), _short(b"NOT_FOUND - no queue"), where)
        else:
            self._send(channel, DECLARE_OK, _short(name), struct.pack(">II", messages, 0))

    def _methods(self) -> Iterator[tuple[int, tuple[int, int], bytes]]:
        while True:
            kind, channel, size = struct.unpack(">BHI", self._exactly(7))
            content = self._exactly(size + 1)[:-1]
            if kind == HEARTBEAT:
                self._write.write(struct.pack(">BHI", HEARTBEAT, 0, 0) + END)
            elif kind == METHOD:
                yield channel, struct.unpack_from(">HH", content), content[4:]

    def _send(self, channel: int, method: tuple[int, int], *arguments: bytes) -> None:
        content = struct.pack(">HH", *method) + b"".join(arguments)
        self._write.write(struct.pack(">BHI", METHOD, channel, len(content)) + content + END)

    def _exactly(self, size: int) -> bytes:
        found = self._read.read(size)
        if len(found) < size:
            raise EOFError
        return found


def _short(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def _long(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def _table() -> bytes:
    return struct.pack(">I", 0)
