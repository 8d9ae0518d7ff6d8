"""What a request shows of each feature: it passes where the exposure has the feature, and fails where it has not."""

from __future__ import annotations

import gzip
import json
import ssl
import time
import uuid
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from kmop_constructs import Exposure, PathRoute, Size, Tls
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.exposure import (
    ApiKey,
    BackendTls,
    BasicAuth,
    Jwt,
    Mirror,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
)
from tests.components.api_gateway.intents import BASE, SECURE, routed
from tests.operators.gateways import backends
from tests.operators.gateways.door import CLIENT, Answer, Door
from tests.operators.gateways.tokens import ISSUER, token

__all__ = ["NOT_SHOWN", "SHOWN", "Shown"]

OTHER_CLIENT = "10.98.0.1"
SECOND = timedelta(seconds=1)
KEY = "4e1fa4a5"
"""The API key that the tests write into the Secret."""

TOKENS = Jwt(issuer=f"https://{ISSUER}", jwks_uri=f"https://{ISSUER}:{backends.PORT}/keys")
REFUSED = {401, 403}
"""A request without a valid token."""

PASSWORD = "correct horse"
"""The password of the user ``ann``, which the tests write into the Secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A feature, and requests that show it."""

    exposure: Exposure
    """An exposure with it."""

    show: Callable[[Door], None]
    """Ask, and compare."""

    without: Exposure | None = BASE
    """The exposure without the feature: the same requests must fail. ``None``: there is no such exposure."""

    one_dead: bool = False
    """Whether one of the two pods of the Service refuses connections."""


def fresh() -> str:
    """A key of requests that nobody has used."""
    return uuid.uuid4().hex


def host(door: Door) -> None:
    assert door.service(door.ask()) == "web"
    assert door.misses(host=f"other.{door.host}")


def wildcard_host(door: Door) -> None:
    assert door.service(door.ask(host=door.host.replace("*", "any"))) == "web"
    assert door.misses(host=door.host.removeprefix("*."))


def any_host(door: Door) -> None:
    assert door.service(door.ask(host="elsewhere.example")) == "web"


def aliases(door: Door) -> None:
    assert door.service(door.ask()) == "web"
    assert door.service(door.ask(host=f"www.{door.host}")) == "web"


def path_prefix(door: Door) -> None:
    for path in ("/api", "/api/", "/api/v1?x=1"):
        assert door.ask(path).served["path"] == path
    assert all(door.misses(path) for path in ("/apis", "/", "/ap"))


def path_exact(door: Door) -> None:
    assert door.ask("/api?x=1").served["path"] == "/api?x=1"
    assert all(door.misses(path) for path in ("/api/v1", "/apis", "/"))


def path_regex(door: Door) -> None:
    assert door.ask("/v12/items").served["path"] == "/v12/items"
    assert all(door.misses(path) for path in ("/v/items", "/v1/items/7", "/x/v1/items"))


def other_service(door: Door) -> None:
    assert door.service(door.ask("/beta/1")) == "web-canary"
    assert door.service(door.ask("/betas")) == "web"


def headers(door: Door) -> None:
    assert door.service(door.ask(headers={"x-beta": "yes"})) == "web-canary"
    assert door.service(door.ask(headers={"x-beta": "no"})) == "web"
    assert door.service(door.ask()) == "web"


def method(door: Door) -> None:
    assert door.ask(method="POST", body=b"{}").served["method"] == "POST"
    assert door.misses()


def websocket(door: Door) -> None:
    wanted = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": b64encode(b"0123456789abcdef").decode(),
    }
    answer = door.ask("/live", headers=wanted)
    assert (answer.status, answer.body[2:]) == (101, b"open")


def grpc(door: Door) -> None:
    assert door.call() == {"Get": "42", "Watch": ["42"] * 3, "Missing": "UNIMPLEMENTED"}


def rewrite(door: Door) -> None:
    assert door.ask("/api/items?x=1").served["path"] == "/v1/items?x=1"
    assert door.ask("/api").served["path"] == "/v1"


def redirects(door: Door) -> None:
    answer = door.ask("/old")
    assert answer.status == 301
    assert (answer.header("Location") or "").removeprefix(f"http://{door.host}") == "/new"
    assert door.ask("/older").status == 200


def shares(door: Door) -> None:
    found = Counter(door.service(door.ask()) for _ in range(300))
    assert 10 <= found["web-canary"] <= 60, found


def mirrors(door: Door) -> None:
    key = fresh()
    answered = {door.service(door.ask(f"/?count={key}")) for _ in range(100)}
    assert answered == {"web"}
    time.sleep(0.5)  # nobody waits for the answers to copies
    found: Counter[str] = Counter()
    for address, number in door.ask(f"/?counted={key}").served["counted"].items():
        found[door.services[address]] += number
    assert found["web"] == 100
    assert 20 <= found["web-canary"] <= 80, found


def tls_secret(door: Door) -> None:
    answer = door.ask(tls=True)
    assert answer.status == 200
    assert door.host.encode() in answer.certificate


def https_redirect(door: Door) -> None:
    answer = door.ask("/a?b=1", tls=False)
    assert answer.status in (301, 308)
    assert (answer.header("Location") or "").replace(":443/", "/") == f"https://{door.host}/a?b=1"


def no_https_redirect(door: Door) -> None:
    assert door.service(door.ask(tls=False)) == "web"
    assert door.service(door.ask(tls=True)) == "web"


def hsts(door: Door) -> None:
    found = door.ask(tls=True).header("Strict-Transport-Security") or ""
    parts = {each.strip() for each in found.split(";")}
    assert parts == {"max-age=31536000", "includeSubDomains", "preload"}


def tls_min_version(door: Door) -> None:
    assert door.ask(tls=True).status == 200
    try:
        door.ask(tls=True, newest_tls=ssl.TLSVersion.TLSv1_2)
    except (ssl.SSLError, ConnectionError):
        return
    message = "TLS 1.2 was accepted"
    raise AssertionError(message)


def _without_certificate(door: Door) -> int:
    try:
        return door.ask(tls=True).status
    except (ssl.SSLError, ConnectionError):
        return 0


def mutual_tls(door: Door) -> None:
    assert door.ask(tls=True, certificate="client").status == 200
    assert _without_certificate(door) in (0, 400, 403, 421, 495, 496)


def mutual_tls_optional(door: Door) -> None:
    assert door.ask(tls=True, certificate="client").status == 200
    assert _without_certificate(door) == 200
    try:
        assert door.ask(tls=True, certificate="forged").status in (400, 403, 495)
    except (ssl.SSLError, ConnectionError):
        return


def jwt(door: Door) -> None:
    assert door.service(door.bearing(token(door.folder))) == "web"
    wrong = {
        "the key of somebody else": token(door.folder, forged=True),
        "another issuer": token(door.folder, iss="https://login.acme.io"),
        "expired": token(door.folder, exp=int(time.time()) - 3600),
        "no token": "e30.e30.",
    }
    found = {why: door.bearing(each).status for why, each in wrong.items()}
    assert set(found.values()) <= REFUSED, found
    assert door.ask().status in REFUSED
    assert door.ask(f"/?access_token={token(door.folder)}").status in REFUSED


def jwt_audiences(door: Door) -> None:
    assert door.service(door.bearing(token(door.folder, aud="web"))) == "web"
    assert door.service(door.bearing(token(door.folder, aud=["shop", "web"]))) == "web"
    assert door.bearing(token(door.folder, aud="shop")).status in REFUSED
    assert door.bearing(token(door.folder)).status in REFUSED


def jwt_claims(door: Door) -> None:
    forged = {"X-Email": "eve@acme.io"}
    assert door.bearing(token(door.folder, email="ann@acme.io"), forged).sent("X-Email") == "ann@acme.io"
    assert door.bearing(token(door.folder), forged).sent("X-Email") is None


def basic_auth(door: Door) -> None:
    right = "Basic " + b64encode(f"ann:{PASSWORD}".encode()).decode()
    wrong = "Basic " + b64encode(b"ann:guess").decode()
    assert door.ask(headers={"Authorization": right}).status == 200
    assert [door.ask(headers=each).status for each in ({}, {"Authorization": wrong})] == [401, 401]


def api_key(door: Door) -> None:
    name = ApiKey("partners").header
    assert door.ask(headers={name: KEY}).status == 200
    assert [door.ask(headers=each).status for each in ({}, {name: "guess"})] == [401, 401]


def allow_from(door: Door) -> None:
    assert door.ask(source=CLIENT).status == 200
    assert door.ask(source=OTHER_CLIENT).status == 403
    forged = {"X-Forwarded-For": CLIENT, "X-Real-Ip": CLIENT}
    assert door.ask(source=OTHER_CLIENT, headers=forged).status == 403


def _passed(door: Door, number: int, source: str) -> int:
    return sum(door.ask(source=source).status == 200 for _ in range(number))


def rate_limit_client(door: Door) -> None:
    assert 15 <= _passed(door, 50, "10.97.0.1") <= 35
    assert _passed(door, 10, "10.97.0.2") == 10


def rate_limit_global(door: Door) -> None:
    assert 15 <= _passed(door, 50, "10.97.0.1") <= 35
    assert _passed(door, 10, "10.97.0.2") <= 5


def rate_limit_burst(door: Door) -> None:
    assert 40 <= _passed(door, 80, "10.97.0.1") <= 65


def cors(door: Door) -> None:
    wanted = {
        "Origin": "https://shop.acme.io",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-trace",
    }
    answer = door.ask(method="OPTIONS", headers=wanted)
    assert answer.status in (200, 204)
    assert answer.header("Access-Control-Allow-Origin") == "https://shop.acme.io"
    assert answer.header("Access-Control-Allow-Credentials") == "true"
    assert _listed(answer, "Access-Control-Allow-Methods") >= {"GET", "PUT"}
    assert {each.lower() for each in _listed(answer, "Access-Control-Allow-Headers")} == {"x-trace"}
    assert answer.header("Access-Control-Max-Age") == "60"
    simple = door.ask(headers={"Origin": "https://shop.acme.io"})
    assert simple.header("Access-Control-Allow-Origin") == "https://shop.acme.io"
    assert _listed(simple, "Access-Control-Expose-Headers") == {"X-Total"}
    other = door.ask(headers={"Origin": "https://evil.example"})
    assert other.header("Access-Control-Allow-Origin") in (None, "")


def _listed(answer: Answer, name: str) -> set[str]:
    return {each.strip() for each in (answer.header(name) or "").split(",")}


def max_body_size(door: Door) -> None:
    assert door.ask(method="POST", body=b"a" * 9000).served["received"] == 9000
    assert door.ask(method="POST", body=b"a" * 12000).status == 413


def timeout(door: Door) -> None:
    assert door.ask("/?sleep=0.3").status == 200
    begin = time.monotonic()
    assert door.ask("/?sleep=4").status in (502, 504)
    assert time.monotonic() - begin < 3


def retries(door: Door) -> None:
    """One of the two pods refuses connections."""
    assert [door.ask().status for _ in range(20)] == [200] * 20


def retry_gateway_errors(door: Door) -> None:
    assert door.ask(f"/?status=503&first={fresh()}").status == 200


def retry_timeout(door: Door) -> None:
    begin = time.monotonic()
    assert door.ask(f"/?sleep=4&first={fresh()}").status == 200
    assert time.monotonic() - begin < 3


def sticky(door: Door) -> None:
    first = door.ask()
    cookie = first.cookies["seat"]
    again = {door.ask(headers={"Cookie": f"seat={cookie}"}).served["address"] for _ in range(20)}
    assert again == {first.served["address"]}
    assert len({door.ask().served["address"] for _ in range(20)}) == 2


def sticky_max_age(door: Door) -> None:
    assert "max-age=60" in (door.ask().header("Set-Cookie") or "").lower()


def compression(door: Door) -> None:
    answer = door.ask("/?size=5000", headers={"Accept-Encoding": "gzip"})
    assert answer.header("Content-Encoding") == "gzip"
    assert len(json.loads(gzip.decompress(answer.body))["filling"]) == 5000
    assert door.ask("/?size=5000").header("Content-Encoding") is None


def backend_tls(door: Door) -> None:
    assert door.ask().served["tls"] is True


SHOWN: Mapping[FeatureName, Shown] = {
    "host": Shown(exposure=BASE, show=host, without=None),
    "wildcard_host": Shown(exposure=routed("wildcard_host"), show=wildcard_host, without=None),
    "any_host": Shown(exposure=Exposure(), show=any_host, without=None),
    "aliases": Shown(exposure=routed("aliases"), show=aliases),
    "path_prefix": Shown(exposure=replace(BASE, paths=("/api",)), show=path_prefix),
    "path_exact": Shown(exposure=routed("path_exact"), show=path_exact),
    "path_regex": Shown(exposure=routed("path_regex"), show=path_regex),
    "other_service": Shown(exposure=routed("other_service"), show=other_service),
    "headers": Shown(exposure=routed("headers"), show=headers),
    "method": Shown(exposure=routed("method"), show=method),
    "websocket": Shown(exposure=routed("websocket"), show=websocket, without=None),
    "grpc": Shown(exposure=routed("grpc"), show=grpc),
    "rewrite": Shown(exposure=replace(BASE, paths=(PathRoute("/api", rewrite="/v1"),)), show=rewrite),
    "redirects": Shown(exposure=replace(BASE, redirects=(Redirect("/old", "/new"),)), show=redirects),
    "shares": Shown(exposure=replace(BASE, shares=(Share("web-canary", 10),)), show=shares),
    "mirrors": Shown(exposure=replace(BASE, mirrors=(Mirror("web-canary", 50),)), show=mirrors),
    "tls_secret": Shown(exposure=SECURE, show=tls_secret, without=None),
    "https_redirect": Shown(exposure=routed("https_redirect"), show=https_redirect),
    "no_https_redirect": Shown(exposure=routed("no_https_redirect"), show=no_https_redirect, without=SECURE),
    "hsts": Shown(exposure=routed("hsts"), show=hsts, without=SECURE),
    "tls_min_version": Shown(
        exposure=replace(BASE, tls=Tls.secret("web-tls", min_version="1.3")), show=tls_min_version, without=SECURE
    ),
    "mutual_tls": Shown(exposure=routed("mutual_tls"), show=mutual_tls, without=SECURE),
    "mutual_tls_optional": Shown(
        exposure=routed("mutual_tls_optional"),
        show=mutual_tls_optional,
        without=routed("mutual_tls"),
    ),
    "jwt": Shown(exposure=replace(BASE, auth=TOKENS), show=jwt),
    "jwt_audiences": Shown(
        exposure=replace(BASE, auth=replace(TOKENS, audiences=("web",))),
        show=jwt_audiences,
        without=replace(BASE, auth=TOKENS),
    ),
    "jwt_claims": Shown(
        exposure=replace(BASE, auth=replace(TOKENS, claims_to_headers={"email": "X-Email"})),
        show=jwt_claims,
        without=replace(BASE, auth=TOKENS),
    ),
    "basic_auth": Shown(exposure=replace(SECURE, auth=BasicAuth("staff")), show=basic_auth, without=SECURE),
    "api_key": Shown(exposure=replace(SECURE, auth=ApiKey("partners")), show=api_key, without=SECURE),
    "allow_from": Shown(exposure=replace(BASE, allow_from=("10.99.0.0/16",)), show=allow_from),
    "rate_limit_client": Shown(
        exposure=replace(BASE, rate_limit=RateLimit(20, per=timedelta(minutes=1))), show=rate_limit_client
    ),
    "rate_limit_global": Shown(
        exposure=replace(BASE, rate_limit=RateLimit(20, per=timedelta(minutes=1), of="global")), show=rate_limit_global
    ),
    "rate_limit_burst": Shown(
        exposure=replace(BASE, rate_limit=RateLimit(20, per=timedelta(minutes=1), burst=40)),
        show=rate_limit_burst,
        without=replace(BASE, rate_limit=RateLimit(20, per=timedelta(minutes=1))),
    ),
    "cors": Shown(exposure=routed("cors"), show=cors),
    "max_body_size": Shown(exposure=replace(BASE, max_body_size=Size("10Ki")), show=max_body_size),
    "timeout": Shown(exposure=replace(BASE, timeout=SECOND), show=timeout),
    "retries": Shown(exposure=replace(BASE, retries=Retry(3)), show=retries, one_dead=True),
    "retry_gateway_errors": Shown(
        exposure=replace(BASE, retries=Retry(2, gateway_errors=True)), show=retry_gateway_errors
    ),
    "retry_timeout": Shown(
        exposure=replace(BASE, retries=Retry(2, gateway_errors=True, per_try_timeout=SECOND)),
        show=retry_timeout,
        without=replace(BASE, retries=Retry(2, gateway_errors=True)),
    ),
    "sticky": Shown(exposure=replace(BASE, sticky=StickyCookie("seat")), show=sticky),
    "sticky_max_age": Shown(exposure=routed("sticky_max_age"), show=sticky_max_age, without=routed("sticky")),
    "compression": Shown(exposure=replace(BASE, compression=True), show=compression),
    "backend_tls_secret": Shown(
        exposure=replace(BASE, backend_tls=BackendTls("web.shop.svc", ca_secret="web-ca")), show=backend_tls
    ),
    "backend_tls_config_map": Shown(
        exposure=replace(BASE, backend_tls=BackendTls("web.shop.svc", ca_config_map="web-ca")), show=backend_tls
    ),
}
"""Each feature that a request can show."""

NOT_SHOWN: Mapping[FeatureName, str] = {
    "tls_issuer": "the ledger of cert-manager has what asks for a certificate; how it is served is that of one from a Secret",
    "dns": "external-dns reads it",
    "annotations": "other controllers read them",
    "port_tls_secret": "drawn as the verification of the service with an authority from a Secret",
    "port_tls_config_map": "drawn as the verification of the service with an authority from a ConfigMap",
}
"""Features that no request shows here, with the reason."""
