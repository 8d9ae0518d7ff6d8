"""The pods behind a path, which the controller of ingress-nginx chooses in Lua (rootfs/etc/nginx/lua/balancer.lua).

Stand-ins, with the same answers: a canary is a choice between two upstreams (`route_to_alternative_balancer`), and a cookie names
an upstream of one pod. The value of that cookie is another digest than that of the controller; name and attributes are
those of `set_cookie` in lua/balancer/sticky.lua. Pods are taken in turn, and none is left out after a failure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.operators.ingress_nginx.cluster_objects import Annotations, Ingresses, IngressPath, Upstream

ATTEMPTS = 4
"""The largest number of attempts of a path: `set_more_tries` of balancer.lua lets a pod have several."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where requests go."""

    lines: Sequence[str]
    """At the level `http`."""

    name: str | None
    """What stands after the protocol of proxy_pass. ``None``: there is no pod, and the answer is 503."""

    cookie: str | None = None
    """A variable with a new cookie, empty if the client has a valid one."""


def name_of(upstream: Upstream) -> str:
    return "-".join(upstream)


def servers(name: str, addresses: Sequence[str]) -> str:
    """An upstream; a pod stands there several times, because each may be tried again."""
    listed = [each for _ in range(-(-ATTEMPTS // len(addresses))) for each in addresses]
    return f"upstream {name} {{ {' '.join(f'server {each} max_fails=0;' for each in listed)} }}"


def target(upstream: Upstream, main: Annotations, canary: IngressPath | None, ingresses: Ingresses) -> Target:
    """The upstreams of a Service and port."""
    addresses = ingresses.addresses(upstream)
    name = name_of(upstream)
    affinity = main.get("affinity")
    if not addresses:
        return Target(lines=(), name=None)
    if affinity is not None:
        if canary is not None or affinity != "cookie" or main.get("affinity-mode") != "persistent":
            message = f"{main.ingress}: affinity: only a persistent cookie without a canary has directives here"
            raise ValueError(message)
        return _sticky(name, addresses, main)
    lines = [servers(name, addresses)]
    if canary is None:
        return Target(lines=lines, name=name)
    other = name_of(canary.upstream)
    lines += [servers(other, ingresses.addresses(canary.upstream)), *_canary(name, other, canary.annotations)]
    return Target(lines=lines, name=f"$target_{_word(name)}")


def _canary(name: str, other: str, annotations: Annotations) -> list[str]:
    """Take the header first and then the weight. A map compares texts without case, unlike the controller; an expression does not."""
    word, weight = _word(name), annotations.get("canary-weight") or "0"
    share = f"split_clients $request_id $share_{word} {{ {weight}% {other}; * {name}; }}"
    header, value = annotations.get("canary-by-header"), annotations.get("canary-by-header-value")
    condition = ""
    if header is not None and value is not None:
        condition = f'"~^{re.escape(value)}$" {other};'
    elif header is not None:
        condition = f'"~^always$" {other}; "~^never$" {name};'
    read = f"$http_{(header or 'x-not-there').lower().replace('-', '_')}"
    first = f"split_clients $request_id $share_{word} {{ * {name}; }}" if weight == "0" else share
    return [first, f"map {read} $target_{word} {{ {condition} default $share_{word}; }}"]


def _sticky(name: str, addresses: Sequence[str], annotations: Annotations) -> Target:
    word, cookie = _word(name), annotations.get("session-cookie-name") or "INGRESSCOOKIE"
    keys: Mapping[str, str] = {
        hashlib.md5(each.encode(), usedforsecurity=False).hexdigest(): each for each in addresses
    }
    age = annotations.get("session-cookie-max-age")
    if annotations.get("session-cookie-expires") != age:
        message = (
            f"{annotations.ingress}: session-cookie-expires: another time than that of max-age has no directive here"
        )
        raise ValueError(message)
    parts = [f"Max-Age={age}"] if age else []
    parts += [f"Path={annotations.get('session-cookie-path') or '/'}"]
    parts += ["Secure"] if annotations.is_true("session-cookie-secure") else []
    parts += ["HttpOnly"]
    known = "|".join(keys)
    lines = [servers(f"{name}-{key}", [address]) for key, address in keys.items()]
    part = 100 // len(keys)
    shares = [f"{part}% {key};" for key in list(keys)[1:]]
    lines += [
        f"split_clients $request_id $new_{word} {{ {' '.join(shares)} * {next(iter(keys))}; }}",
        f'map $cookie_{cookie} $key_{word} {{ "~^(?<known>{known})[|]" $known; default $new_{word}; }}',
        f'map $cookie_{cookie} $cookie_of_{word} {{ "~^({known})[|]" ""; default "{cookie}=$new_{word}|{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}; {"; ".join(parts)}"; }}',
    ]
    return Target(lines=lines, name=f"{name}-$key_{word}", cookie=f"$cookie_of_{word}")


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name)
