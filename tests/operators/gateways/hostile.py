"""Ways around what guards a path, and what is behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from kmop_constructs import Exposure, PathRoute, Tls
from kmop_constructs.checks.auth_bypassed import plain_path
from kmop_constructs.exposure import BasicAuth, MutualTls
from tests.operators.gateways.door import CLIENT, Door
from tests.operators.gateways.scenes import CERTIFICATE, Scene
from tests.operators.gateways.shown import OTHER_CLIENT
from tests.operators.gateways.wire import Reply, http2, request, send

GUARDED, OPEN = "web", "shop"
"""The Service that a guarded path leads to, and the one beside it."""

_PATHS = (
    "/admin /admin/ /admin/x /admin? /admin?x=1 /admin# /admin#x /admin/. /admin// //admin ///admin /./admin "
    "/x/../admin /.//admin /%61dmin /admi%6e /%2e/admin /%2e%2e/admin /x/%2e%2e/admin /x/.%2e/admin /Admin "
    "/ADMIN /%41dmin /admin;x /admin;/x /;/admin /x/..;/admin /admin%3bx /admin%3Bx/y /admin%2f /admin%2Fx "
    "/%2fadmin /x%2f..%2fadmin /x/..%2fadmin /%5cadmin /x%5c..%5cadmin /\\admin /x\\..\\admin /admin%00 "
    "/admin%00/x /admin%0a /admin/%0a /admin/x%0ay /admin%0d%0a /admin%20 /admin%09 /admin. /admin%23 "
    "/admin%3f /admin%3fx /%252fadmin /%2561dmin /x/%252e%252e/admin /admin%252f /admin%25 /admin%zz "
    "/%c0%afadmin /%ef%bc%8fadmin admin ?/admin #/admin * /?/../admin /x?/../admin /x#/../admin "
)
PATHS = tuple(_PATHS.split())
"""Texts of the path ``/admin``, for one reader or another."""

FORGED = (
    "X-Forwarded-Uri: /",
    "X-Forwarded-Prefix: /x",
    "X-Forwarded-Method: OPTIONS",
    "X-Forwarded-Proto: http",
    "X-Forwarded-Host: other.example",
    f"X-Forwarded-For: {CLIENT}",
    f"X-Real-Ip: {CLIENT}",
    f"Forwarded: for={CLIENT};host=other.example",
    "X-Original-URL: /",
    "X-Original-Uri: /",
    "X-Rewrite-URL: /",
    "X-HTTP-Method-Override: OPTIONS",
    "X-Auth-Request-Email: root@acme.io",
    "X-Forwarded-User: root",
    "Authorization: Basic cm9vdDo=",
    "Authorization: Basic",
    "Authorization: ",
    "Connection: Authorization, Host, X-Forwarded-For, X-Forwarded-Uri",
    "Upgrade: h2c",
    "Origin: https://other.example\r\nAccess-Control-Request-Method: GET",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
)
"""Headers that a gateway or a login may believe."""

AT_ONCE = 16
"""Requests at the same time: some answers are waited for in vain."""

METHODS = ("OPTIONS", "HEAD", "POST", "PUT", "TRACE", "CONNECT", "PROPFIND", "get", "X")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """Bytes to the gateway."""

    name: str
    content: bytes
    tls: bool | None = None
    server_name: str | None = None
    certificate: str | None = None
    http2: bool = False


_AS_WRITTEN = (
    "/Admin /ADMIN /%41dmin /admin;x /admin;/x /;/admin /x/..;/admin /admin%0a /admin%0d%0a /admin%20 /admin%09 /admin."
)
AS_WRITTEN = frozenset({*(f"path {path}" for path in _AS_WRITTEN.split()), "HTTP/2 /admin;x"})
"""Attempts with another path, as a gateway compares them, which a service may take for ``/admin``."""

_ENCODED = (
    "/admin%3bx /admin%3Bx/y /admin%2f /admin%2Fx /%2fadmin /x%2f..%2fadmin /x/..%2fadmin /%5cadmin /x%5c..%5cadmin /\\admin "
    "/x\\..\\admin /admin%00 /admin%00/x /admin%23 /admin%3f /admin%3fx /%252fadmin /%2561dmin /x/%252e%252e/admin /admin%252f"
)
ENCODED = frozenset({*(f"path {path}" for path in _ENCODED.split()), "absolute /admin%2f", "HTTP/2 /admin%2f"})
"""The same with encoded characters that have a meaning of their own in a path."""

BELOW_REWRITTEN = frozenset({"path /x/..;/admin", "path /x/..%2fadmin", "path /x/%252e%252e/admin"})
"""Those of them that a rewritten prefix leads to."""


def two_services(host: str, *, guard: Exposure) -> Mapping[str, Sequence[Exposure]]:
    """A guarded path of one service, and all others of another service."""
    beside = replace(guard, auth=None, allow_from=())
    return {
        GUARDED: [replace(guard, host=host, paths=("/admin",))],
        OPEN: [replace(beside, host=host)],
    }


def one_service(host: str, *, guard: Exposure) -> Mapping[str, Sequence[Exposure]]:
    """A guarded path of a service, and all others of it."""
    found = two_services(host, guard=guard)
    return {GUARDED: [replace(found[GUARDED][0], name="admin"), *found[OPEN]]}


def expressions(host: str, *, guard: Exposure) -> Mapping[str, Sequence[Exposure]]:
    """The same as `one_service` with a regular expression."""
    admin, beside = one_service(host, guard=guard)[GUARDED]
    path = PathRoute("/admin(/.*)?", match="RegularExpression")
    return {GUARDED: [replace(admin, paths=(path,)), beside]}


def rewritten(host: str, *, guard: Exposure) -> Mapping[str, Sequence[Exposure]]:
    """The same as `one_service`, and an open path of it that is rewritten."""
    admin, _ = one_service(host, guard=guard)[GUARDED]
    public = replace(admin, name="public", auth=None, allow_from=(), paths=(PathRoute("/x", rewrite="/assets"),))
    return {GUARDED: [admin, public], OPEN: [replace(public, name=None, paths=("/",))]}


def certificates(host: str, *, secret: str = CERTIFICATE) -> Mapping[str, Sequence[Exposure]]:
    """Hosts that need certificates of clients, with the certificate of a Secret, beside one that does not."""
    tls = Tls.secret(CERTIFICATE)
    mutual = Tls.secret(secret, mutual=MutualTls("partners-ca"))
    return {
        GUARDED: [
            Exposure(host=f"mutual.{host}", tls=mutual),
            Exposure(name="wild", host=f"*.wild.{host}", tls=mutual),
        ],
        OPEN: [Exposure(host=host, tls=tls)],
    }


SECURE = Exposure(host="x.acme.io", tls=Tls.secret(CERTIFICATE))
PASSWORDS = replace(SECURE, auth=BasicAuth("staff"))
ADDRESSES = replace(SECURE, allow_from=("10.99.0.0/16",))
PLAIN_PASSWORDS = replace(PASSWORDS, tls=None)

SCENES: Mapping[str, Scene] = {
    "passwords": partial(two_services, guard=PASSWORDS),
    "plain-http": partial(two_services, guard=PLAIN_PASSWORDS),
    "one-service": partial(one_service, guard=PASSWORDS),
    "rewritten": partial(rewritten, guard=PASSWORDS),
    "expression": partial(expressions, guard=PASSWORDS),
    "addresses": partial(two_services, guard=ADDRESSES),
    "certificates": certificates,
}
"""What is attacked."""


def attempts(door: Door) -> Iterator[Attempt]:
    """Each way around the guard of ``/admin``."""
    host = door.host
    for path in PATHS:
        yield Attempt(name=f"path {path}", content=request(path, host=host))
        yield Attempt(name=f"x{path}", content=request(f"/x{path}", host=host))
    for path in ("/admin", "//admin", "/x/../admin", "?/admin", "/admin%2f"):
        yield Attempt(name=f"absolute {path}", content=request(f"https://{host}{path}", host="other.example"))
    for line in FORGED:
        yield Attempt(name=f"header {line}", content=request("/admin", host=host, headers=(line,)))
    for method in METHODS:
        yield Attempt(name=f"method {method}", content=request("/admin", host=host, method=method))
    yield from _hosts(host)
    yield from _other_protocols(door)
    yield from _smuggled(host)


def _hosts(host: str) -> Iterator[Attempt]:
    shown = (
        f"{host}:443",
        f"{host}:80",
        f"{host}.",
        host.upper(),
        f"{host}:",
        f"{host}:443:443",
        f" {host}",
        f"{host}@x",
        f"x@{host}",
    )
    for each in shown:
        yield Attempt(name=f"host {each.replace(host, 'H')}", content=request("/admin", host=each))
    yield Attempt(name="two hosts", content=request("/admin", host="other.example", headers=(f"Host: {host}",)))
    yield Attempt(name="other host of TLS", content=request("/admin", host=host), server_name="other.example")
    yield Attempt(name="no host of TLS", content=request("/admin", host=host), server_name="")
    yield Attempt(name="HTTP/1.0", content=f"GET /admin HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())


def _other_protocols(door: Door) -> Iterator[Attempt]:
    yield Attempt(name="plain HTTP", content=request("/admin", host=door.host), tls=False)
    for path in (
        "/admin",
        "//admin",
        "/x/../admin",
        "/%2e%2e/admin",
        "/admin%2f",
        "/admin;x",
        "admin",
        "https://x/admin",
    ):
        names = {":method": "GET", ":scheme": "https", ":authority": door.host, ":path": path}
        yield Attempt(name=f"HTTP/2 {path}", content=http2(names), http2=True)
        yield Attempt(name=f"h2c {path}", content=http2({**names, ":scheme": "http"}), tls=False, http2=True)
        two = {**names, ":authority": "other.example", "host": door.host}
        yield Attempt(name=f"HTTP/2 and a host {path}", content=http2(two), http2=True)


def _smuggled(host: str) -> Iterator[Attempt]:
    inner = f"GET /admin HTTP/1.1\r\nHost: {host}\r\nX: "
    chunked = (
        "Transfer-Encoding: chunked",
        " Transfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
    )
    for line in (
        *chunked,
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding:\tchunked",
    ):
        for length in (4, len(inner) + 5):
            headers = (f"Content-Length: {length}", line)
            content = request("/", host=host, method="POST", headers=headers, body=f"0\r\n\r\n{inner}")
            yield Attempt(name=f"smuggled {line.strip()!r} {length}", content=content)
    two = request(
        "/", host=host, method="POST", headers=("Content-Length: 0", f"Content-Length: {len(inner)}"), body=inner
    )
    yield Attempt(name="smuggled by two lengths", content=two)
    yield Attempt(
        name="smuggled by a length of GET",
        content=request("/", host=host, headers=("Content-Length: 0",), body=f"{inner}y\r\n\r\n"),
    )


def seen(path: str) -> str:
    """The path as the most lenient service may read it."""
    before = re.split(r"%(?:25)*(?:00|0a|0d|23|3f)|[?#]", path, maxsplit=1, flags=re.IGNORECASE)[0]
    return re.sub(r"[\s.]+$", "", plain_path(before))


def reached(door: Door, reply: Reply, *, whole: bool = False) -> list[str]:
    """The paths that the guarded Service got. `whole`: all of its paths are guarded, not only ``/admin``."""
    mine = [path for address, path in reply.pods if door.services.get(address) == GUARDED]
    return [path for path in mine if whole or f"{seen(path)}/".startswith("/admin/")]


def through(door: Door, *, whole: bool = False, source: str = OTHER_CLIENT) -> dict[str, list[str]]:
    """The attempts that reach what is guarded, each with the paths that the Service got."""
    return _tried(door, attempts(door), whole=whole, source=source)


def without_certificate(door: Door) -> dict[str, list[str]]:
    """Requests that reach a host of `certificates` without one, or with one of another authority."""
    return _tried(door, _for_other_hosts(door), whole=True, source=CLIENT)


def _tried(door: Door, every: Iterable[Attempt], *, whole: bool, source: str) -> dict[str, list[str]]:
    def paths(each: Attempt) -> list[str]:
        reply = send(
            door,
            each.content,
            tls=each.tls,
            name=each.server_name,
            source=source,
            certificate=each.certificate,
            http2=each.http2,
        )
        return reached(door, reply, whole=whole)

    chosen = list(every)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip((each.name for each in chosen), pool.map(paths, chosen), strict=True))
    return {name: each for name, each in found.items() if each}


def _for_other_hosts(door: Door) -> Iterator[Attempt]:
    for host in mutual_hosts(door):
        yield Attempt(name=f"{host}: plain HTTP", content=request("/", host=host), tls=False)
        forged = request("/", host=host)
        yield Attempt(name=f"{host}: forged", content=forged, server_name=host, certificate="forged")
        for name in (door.host, "", "other.example", host, host.upper(), f"{host}."):
            for written in (host, f"{host}.", host.upper(), f"{host}:443"):
                label = f"{host}: {written} by {name or 'no name'}"
                yield Attempt(name=label, content=request("/", host=written), server_name=name)
                names = {":method": "GET", ":scheme": "https", ":authority": written, ":path": "/"}
                yield Attempt(name=f"{label}, HTTP/2", content=http2(names), server_name=name, http2=True)


def mutual_hosts(door: Door) -> list[str]:
    """The hosts of `certificates` that need one."""
    return [f"mutual.{door.host}", f"a.wild.{door.host}"]
