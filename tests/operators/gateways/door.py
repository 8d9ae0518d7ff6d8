"""Requests to a gateway, as a client outside the cluster makes them."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from tools.operators.recipes import PROGRAMS

MACHINE = "192.0.2.1"
"""The address at which this machine listens, in the network of the tests."""

CLIENT = "10.99.0.1"
"""Where clients are, unless a request names another address."""

OK = 200
NOT_FOUND = 404
SWITCHED = 101
OPENED = 6
"""Bytes of the first message of a WebSocket: two, and the word ``open``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    certificate: bytes = field(default=b"", repr=False)
    """The gateway's, in the form DER; empty for plain HTTP."""

    def header(self, name: str) -> str | None:
        """The value of a header; several of one name with commas."""
        found = [value for each, value in self.headers if each == name.lower()]
        return ", ".join(found) if found else None

    @property
    def cookies(self) -> Mapping[str, str]:
        """What the gateway stores at the client."""
        found: SimpleCookie = SimpleCookie()
        for name, value in self.headers:
            if name == "set-cookie":
                found.load(value)
        return {name: each.value for name, each in found.items()}

    @property
    def served(self) -> dict[str, Any]:
        """What the service got, from its own answer."""
        assert self.status == 200, f"status {self.status}: {self.body[:300]!r}"
        return json.loads(self.body)

    def sent(self, name: str) -> str | None:
        """The value of a header that the service got."""
        found = [value for each, value in self.served["headers"] if each == name.lower()]
        return ", ".join(found) if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """A host of a gateway."""

    host: str
    """The name that requests are for."""

    http: int
    """The port of the machine for plain HTTP."""

    https: int
    """The port for HTTPS."""

    tls: bool
    """Whether requests use HTTPS unless they say otherwise."""

    services: Mapping[str, str]
    """The Service of each address of a pod behind this host, such as ``web``."""

    folder: Path
    """Certificates of clients: `client.crt` and `client.key`, and `forged.crt` and `forged.key` of another authority."""

    def ask(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        host: str | None = None,
        tls: bool | None = None,
        source: str = CLIENT,
        certificate: str | None = None,
        newest_tls: ssl.TLSVersion | None = None,
    ) -> Answer:
        """Ask, on a connection of its own."""
        name = host or self.host
        secured = self.tls if tls is None else tls
        raw = socket.create_connection((MACHINE, self.https if secured else self.http), 20, (source, 0))
        sock = self._secured(raw, name, certificate, newest_tls) if secured else raw
        shown = (sock.getpeercert(True) or b"") if isinstance(sock, ssl.SSLSocket) else b""
        connection = http.client.HTTPConnection(name)
        connection.sock = sock
        with closing(sock):
            connection.putrequest(method, path, skip_accept_encoding=True)
            sent = dict(headers or {})
            if body is not None:
                sent["Content-Length"] = str(len(body))
            for each, value in sent.items():
                connection.putheader(each, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.fp.read(OPENED) if answer.status == SWITCHED else answer.read()
            return Answer(
                status=answer.status,
                headers=tuple((each.lower(), value) for each, value in answer.getheaders()),
                body=content,
                certificate=shown,
            )

    def bearing(self, token: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask with a token."""
        return self.ask(headers={**(headers or {}), "Authorization": f"Bearer {token}"})

    def call(self) -> dict[str, Any]:
        """Call gRPC methods (`grpc_client.py`), and return the answer or the code of the status of each."""
        client = Path(__file__).parent / "grpc_client.py"
        command = [PROGRAMS / "python", client, f"{MACHINE}:{self.http}", self.host]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={})
        return json.loads(done.stdout)

    def _secured(
        self, raw: socket.socket, name: str, certificate: str | None, newest: ssl.TLSVersion | None
    ) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if newest is not None:
            context.maximum_version = newest
        if certificate:
            context.load_cert_chain(self.folder / f"{certificate}.crt", self.folder / f"{certificate}.key")
        return context.wrap_socket(raw, server_hostname=name)

    def service(self, answer: Answer) -> str:
        """The Service that has answered."""
        return self.services.get(answer.served["address"], "that of another host")

    def misses(self, path: str = "/", *, host: str | None = None) -> bool:
        """Whether a request reaches no Service of this host: nothing is there, or the route of another exposure."""
        answer = self.ask(path, host=host)
        return answer.status == NOT_FOUND or (answer.status == OK and answer.served["address"] not in self.services)

    def problem(self) -> str | None:
        """Why the host is not served yet; ``None`` once it is."""
        try:
            answer = self.ask()
        except OSError as error:
            return f"{self.host}: {error}"
        return None if answer.status == OK else f"{self.host}: status {answer.status}"
