"""The neutral intent: what is wrong is an error where it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from kmop_constructs import Exposure, PathRoute, SecretKey, SpecError, Tls
from kmop_constructs.exposure import (
    ApiKey,
    BackendTls,
    BasicAuth,
    Cors,
    DnsRecord,
    ExistingEntry,
    Hsts,
    Jwt,
    Listener,
    Mirror,
    MutualTls,
    Oidc,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

SECRET = SecretKey("web-oidc", "client-secret")
OIDC = Oidc(issuer="https://id.acme.io", client_id="web", client_secret=SECRET)
HOST = "web.acme.io"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Hsts(preload=True), "Hsts.preload: the preload lists of browsers need include_subdomains"),
        (lambda: Hsts(max_age=timedelta(days=1), include_subdomains=True, preload=True), "Hsts.preload: .*at least one year"),
        (lambda: MutualTls("A_B"), r"MutualTls: not the name of a Secret, got text that is not shown"),
        (lambda: BackendTls("web.svc"), "BackendTls.ca_secret: exactly one of ca_secret and ca_config_map is required, got"),
        (lambda: BackendTls("web.svc", ca_secret="a", ca_config_map="b"), "BackendTls.ca_secret: exactly one of ca_secret"),
        (lambda: Oidc(issuer="http://id", client_id="a", client_secret=SECRET), r"Oidc.issuer: not an https URL, got 'http://id'"),
        (lambda: Oidc(issuer="https://a:b@id", client_id="a", client_secret=SECRET), "Oidc.issuer: the URL holds a user or password"),
        (lambda: Oidc(issuer="https://id", client_id="a", client_secret=SECRET, scopes=()), "Oidc.scopes: 'openid' is missing, which"),
        (lambda: Jwt(issuer="a", jwks_uri="/keys"), r"Jwt.jwks_uri: not an https URL, got '/keys'"),
        (lambda: Jwt(issuer="a", jwks_uri="https://a", claims_to_headers={"a": "b c"}), r"Jwt.*not the name of a header, got 'b c'"),
        (lambda: ApiKey("a", header="x y"), r"ApiKey.header: not the name of a header"),
        (lambda: BasicAuth(""), r"BasicAuth: not the name of a Secret"),
        (lambda: RateLimit(0), r"RateLimit.requests: not a whole number from 1"),
        (lambda: RateLimit(1, per=timedelta(seconds=10)), "RateLimit.per: not a period that gateways support"),
        (lambda: Cors(()), "Cors.origins: no origin is allowed, got"),
        (lambda: Cors(("acme.io",)), r"Cors.origins: not an origin, got 'acme.io'; write it as https://"),
        (lambda: Cors(("*",), credentials=True), "Cors.credentials: browsers refuse credentials"),
        (lambda: Cors(("https://a.io",), methods=("get",)), r"Cors.methods: not a request method, got 'get'"),
        (lambda: Retry(11), r"Retry: not a whole number from 1 to 10, got 11"),
        (lambda: StickyCookie("a b"), r"StickyCookie: not the name of a cookie, got 'a b'"),
        (lambda: DnsRecord(target="https://a"), r"DnsRecord.target: not a host name"),
        (lambda: DnsRecord(prefixes=()), r"DnsRecord.prefixes: external-dns would read no annotation, got \(\)"),
        (lambda: DnsRecord(prefixes=("A/",)), r"DnsRecord.prefixes: not a valid name, got 'A/'"),
        (lambda: Tls.secret("a", redirect=False, mutual=MutualTls("b")), "Tls.redirect: plain HTTP would let clients in without"),
        (lambda: PathRoute("/a//b"), "PathRoute.path: the Kubernetes API refuses this path, got '/a//b'; remove"),
        (lambda: PathRoute("/a/../b", match="Exact"), "PathRoute.path: the Kubernetes API refuses this path, got"),
        (lambda: PathRoute("/a%2Fb"), "PathRoute.path: the Kubernetes API refuses this path, got"),
        (lambda: PathRoute("/a?b"), r"PathRoute.path: not a path, got '/a\?b'"),
        (lambda: PathRoute("/", headers={"X-A": "1", "x-a": "2"}), "PathRoute.headers: duplicate header: names are case-insensitive"),
        (lambda: Exposure(paths=("/a", "/a/")), "Exposure.paths: duplicate path with the same conditions, got '/a'"),
        (lambda: Exposure(paths=("/api/",), redirects=(Redirect("/api", "/b", match="Prefix"),)), "Exposure.redirects: the path also leads to the service"),
        (lambda: Cors(("https://u:p@a.io",)), r"Cors.origins: not an origin, got 'https://\*\*\*@a.io'"),
        (lambda: PathRoute("/a b"), r"PathRoute.path: not a path, got '/a b'"),
        (lambda: PathRoute("/a;b"), r"PathRoute.path: not a path"),
        (lambda: PathRoute("/(", match="RegularExpression"), r"PathRoute.path: not a regular expression"),
        (lambda: PathRoute("/(?=a)", match="RegularExpression"), "PathRoute.path: has elements that RE2 does not support"),
        (lambda: PathRoute("/[a]", match="RegularExpression", rewrite="/"), "PathRoute.rewrite: not supported with a regular"),
        (lambda: PathRoute("/", service="b", port="http"), "PathRoute.port: the port of another Service"),
        (lambda: PathRoute("/", method="post"), r"PathRoute.method: not a request method, got 'post'"),
        (lambda: Share("web", 101), r"Share.percent: not a whole number from 0 to 100, got 101"),
        (lambda: Redirect("/a", "b"), r"Redirect.to: neither a path nor a URL, got 'b'"),
        (lambda: Redirect("/a", "ftp://b"), r"Redirect.to: neither a path nor a URL"),
        (lambda: Exposure(tls=Tls.secret("a")), "Exposure.tls: a certificate needs a host"),
        (lambda: Exposure(aliases=("a.io",)), "Exposure.aliases: not allowed without a host"),
        (lambda: Exposure(dns=DnsRecord()), "Exposure.dns: a DNS record needs a host"),
        (lambda: Exposure(host=HOST, aliases=("a.io", "a.io")), "Exposure.aliases: duplicate host, got 'a.io'"),
        (lambda: Exposure(host=HOST, auth=OIDC), r"Exposure.auth: a login over plain HTTP"),
        (lambda: Exposure(paths=("/a", PathRoute("/a"))), "Exposure.paths: duplicate path with the same conditions, got '/a'"),
        (lambda: Exposure(paths=("/a",), redirects=(Redirect("/a", "/b", match="Prefix"),)), "Exposure.redirects: the path also leads to the service"),
        (lambda: Exposure(shares=(Share("a", 60), Share("b", 60))), r"Exposure.shares: not a whole number from 0 to 100, got 120"),
        (lambda: Mirror("web", 0), r"Mirror.percent: not a whole number from 1 to 100, got 0"),
        (lambda: Exposure(mirrors=(Mirror("a"), Mirror("a", 6))), "Exposure.mirrors: duplicate Service, got 'a'"),
        (lambda: Exposure(shares=(Share("a", 6), Share("a", 6))), "Exposure.shares: duplicate Service, got 'a'"),
        (lambda: Exposure(allow_from=("10.0.0.1/8",)), r"Exposure.allow_from: not an address range"),
        (lambda: Listener(tls=Tls.secret("a")), "Listener.tls: a certificate needs a host"),
        (lambda: Listener("a.io", routes_from=("A",)), r"Listener.routes_from: not a valid name"),
        (lambda: ExistingEntry("A"), r"ExistingEntry: not a valid name"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_an_error_at_its_line(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()


def test_the_same_path_may_lead_elsewhere_under_other_conditions() -> None:
    exposure = Exposure(paths=("/", PathRoute("/", headers={"X-Beta": "1"}, service="web-beta")))
    assert [route.service for route in exposure.routes] == [None, "web-beta"]


def test_a_record_has_both_prefixes_of_external_dns() -> None:
    """Old and new releases of external-dns read different prefixes."""
    record = DnsRecord(target="lb.acme.io")
    assert record.annotations("a.io", "b.io") == {
        "external-dns.kubernetes.io/hostname": "a.io,b.io",
        "external-dns.kubernetes.io/target": "lb.acme.io",
        "external-dns.alpha.kubernetes.io/hostname": "a.io,b.io",
        "external-dns.alpha.kubernetes.io/target": "lb.acme.io",
    }
    assert DnsRecord(prefixes=("internal.acme.io",), target="lb").annotations() == {"internal.acme.io/target": "lb"}


def test_the_header_of_hsts_has_every_field() -> None:
    hsts = Hsts(max_age=timedelta(days=365), include_subdomains=True, preload=True)
    assert hsts.header == "max-age=31536000; includeSubDomains; preload"


def test_a_certificate_has_a_name_of_its_own_or_that_of_the_host() -> None:
    assert Tls.issued_by("letsencrypt").secret_for("*.acme.io") == "wildcard-acme-io-tls"
    assert Tls.issued_by("letsencrypt", secret_name="own").secret_for("*.acme.io") == "own"


def test_a_redirect_is_a_path_or_a_whole_address() -> None:
    assert Redirect("/a", "/b").target == (None, None, "/b")
    assert Redirect("/a", "https://docs.acme.io").target == ("https", "docs.acme.io", "/")
    assert (Redirect("/a", "/b").status, Redirect("/a", "/b", permanent=False).status) == (301, 302)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Oidc(issuer="https://user:hunter2@id.acme.io", client_id="a", client_secret=SECRET),
        lambda: replace(OIDC, client_secret="hunter2"),
        lambda: replace(OIDC, cookie_secret="hunter2"),
        lambda: Redirect("/x", "https://u:hunter2@acme.io/"),
        lambda: Cors(("https://u:hunter2@acme.io/x",)),
        lambda: Jwt(issuer="a", jwks_uri="http://id.acme.io?token=hunter2"),
        lambda: Jwt(issuer="https://u:hunter2@id.acme.io", jwks_uri="https://id.acme.io"),
    ],
)
def test_a_secret_in_a_wrong_place_is_not_shown(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert "hunter2" not in str(caught.value)


@given(st.lists(st.integers(0, 100), max_size=4))
def test_shares_and_what_stays_are_a_hundred_or_refused(percents: list[int]) -> None:
    shares = tuple(Share(f"web-{number}", percent) for number, percent in enumerate(percents))
    if sum(percents) > 100:
        with pytest.raises(SpecError):
            Exposure(shares=shares)
    else:
        exposure = Exposure(shares=shares)
        assert exposure.own_percent + sum(share.percent for share in exposure.shares) == 100
        assert exposure.own_percent >= 0
