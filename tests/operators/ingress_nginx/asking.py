"""How to send requests to the system behind a gateway, and what to see of an answer."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.operators.gateways.door import OK, Answer, Door
from tests.operators.gateways.shown import PASSWORD, fresh

OTHER = "10.98.0.1"
"""A client outside of the ranges that `allow_from` has."""

ANN = {"Authorization": "Basic " + b64encode(f"ann:{PASSWORD}".encode()).decode()}
FROM_WWW = {"Origin": "https://www.acme.io"}
PREFLIGHT = {**FROM_WWW, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-trace"}
WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": b64encode(b"0123456789abcdef").decode(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Requests, and the answer in a few words."""

    request: str
    """As the page has it."""

    answer: str
    """That of ingress-nginx."""

    service: str
    """The one that they are for; gateways that cannot expose it leave the row out."""

    ask: Callable[[Door], str]


def served(door: Door, answer: Answer) -> str:
    """The status, and for 200 the Service and the path that it got."""
    if answer.status != OK:
        return f"{answer.status}"
    try:
        found: dict[str, Any] = json.loads(answer.body)
    except ValueError:
        return "200 of the gateway"
    return f"200 {door.service(answer)} {found['path']}"


def status(_: Door, answer: Answer) -> str:
    return f"{answer.status}"


def location(_: Door, answer: Answer) -> str:
    return f"{answer.status} {answer.header('Location') or 'without Location'}"


def body(_: Door, answer: Answer) -> str:
    """The kind of an answer of the gateway itself, and its first words."""
    if answer.status == OK:
        return "200 of a pod"
    kind = (answer.header("Content-Type") or "no type").partition(";")[0]
    first = (answer.body.splitlines() or [b"empty"])[0].decode()
    return f"{answer.status} {kind} {first}"


def header(name: str) -> Callable[[Door, Answer], str]:
    """A header of the answer."""
    return lambda _, answer: answer.header(name) or "none"


def sent(*names: str) -> Callable[[Door, Answer], str]:
    """Headers that the Service got."""

    def see(_: Door, answer: Answer) -> str:
        if answer.status != OK:
            return f"{answer.status}"
        return ", ".join(answer.sent(name) or "none" for name in names)

    return see


def generated(_: Door, answer: Answer) -> str:
    """How long an identifier of a request is."""
    found = answer.sent("X-Request-ID")
    return "none" if found is None else f"{len(found)} characters"


def kept(name: str, value: str) -> Callable[[Door, Answer], str]:
    """Whether the Service got a header as the client has sent it."""
    return lambda _, answer: value if answer.sent(name) == value else "another one"


def cors(_: Door, answer: Answer) -> str:
    """Status, and what CORS allows."""
    origin = answer.header("Access-Control-Allow-Origin")
    if not origin:
        return f"{answer.status} nothing allowed"
    parts = [f"origin {origin}"]
    parts += [
        f"{name.lower()} {' '.join(sorted(each.strip() for each in found.split(',')))}"
        for name in ("Methods", "Headers", "Credentials")
        if (found := answer.header(f"Access-Control-Allow-{name}"))
    ]
    if age := answer.header("Access-Control-Max-Age"):
        parts.append(f"max-age {age}")
    return f"{answer.status} {'; '.join(parts)}"


def cookie(_: Door, answer: Answer) -> str:
    """The attributes of a cookie, sorted, without its value."""
    name, *attributes = (each.strip() for each in (answer.header("Set-Cookie") or "none").split(";"))
    return "; ".join([name.partition("=")[0], *sorted(attributes)])


def row(
    request: str,
    answer: str,
    host: str,
    path: str = "/",
    *,
    see: Callable[[Door, Answer], str] = served,
    service: str | None = None,
    tls: bool = False,
    **request_of: Any,
) -> Row:
    """One request."""
    name = host.partition(".")[0]
    found = service or {"www": "web"}.get(name, name)

    def ask(door: Door) -> str:
        try:
            return see(door, door.ask(path, host=host, tls=tls, **request_of))
        except (ssl.SSLError, ConnectionError):
            return "connection closed"

    return Row(request=request, answer=answer, service=found, ask=ask)


def passed(number: int, host: str, source: str) -> Callable[[Door], str]:
    """How many of several requests pass, to the next ten, and the status of the others."""

    def ask(door: Door) -> str:
        found = Counter(door.ask(host=host, source=source).status for _ in range(number))
        others = sorted(each for each in found if each != 200)
        return f"{round(found[200], -1)} pass" + "".join(f", others {each}" for each in others)

    return ask


def every(number: int, host: str, method: str = "GET") -> Callable[[Door], str]:
    """The statuses of several requests."""
    return lambda door: " or ".join(sorted({f"{door.ask(host=host, method=method).status}" for _ in range(number)}))


def after_503(method: str) -> Callable[[Door], str]:
    """The answer for a service whose first attempt fails."""
    return lambda door: f"{door.ask(f'/?status=503&first={fresh()}', host='flaky.acme.io', method=method).status}"


def keeps_pod(door: Door) -> str:
    value = door.ask(host="cart.acme.io", tls=True).cookies["seat"]
    headers = {"Cookie": f"seat={value}"}
    return f"{len({door.ask(host='cart.acme.io', tls=True, headers=headers).served['address'] for _ in range(8)})} pod"


def share(door: Door) -> str:
    found = Counter(door.service(door.ask(host="split.acme.io")) for _ in range(200))
    return "about 20 %" if 20 <= found["split-next"] <= 62 else f"{found['split-next'] / 2:.0f} %"


def big(size: int) -> Mapping[str, Any]:
    return {"method": "POST", "body": b"a" * size}
