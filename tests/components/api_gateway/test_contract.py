"""What holds for every gateway: each intent is drawn as its documentation says, or refused; nothing is dropped."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from kmop_constructs import (
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    ServiceSpec,
    SpecError,
    Tls,
    UnsupportedError,
    allow,
)
from kmop_constructs.authors import Can, Cannot
from kmop_constructs.components.api_gateway.auth import Auth
from kmop_constructs.components.api_gateway.capability import able
from kmop_constructs.components.api_gateway.features import FEATURES, FeatureName
from kmop_constructs.core.tools import providers_of
from kmop_constructs.exposure import ApiKey, BasicAuth, Cors, Hsts, Jwt, RateLimit
from tests.apps.schemas import assert_valid
from tests.components.api_gateway.contract import Case, cases, drawn
from tests.components.api_gateway.intents import INTENTS, OIDC

import pytest
from cdk8s import App

CASES = cases()
LOGIN_AT_ONE_HOST = {"KongGateway"}
"""It sends people back to one host, and refuses a login at several."""
LIMITS_ONE_HOST = {"EnvoyGateway"}
"""It counts each host on its own, and refuses a rate limit of several."""
EVERY = [pytest.param(case, name, id=f"{case.name}-{name}") for case in CASES for name in FEATURES]
ABLE = [
    pytest.param(case, name, id=f"{case.name}-{name}")
    for case in CASES
    for name in FEATURES
    if isinstance(case.provider.SUPPORTS.get(name), Can)
]
CHANGES = [
    pytest.param(case, name, number, id=f"{case.name}-{name}-{number}")
    for case in CASES
    for name, intent in INTENTS.items()
    if isinstance(case.provider.SUPPORTS.get(name), Can)
    for number in range(len(intent.changed))
]


@cache
def with_intent(case: Case, name: FeatureName) -> tuple[Mapping[str, Any], ...]:
    """What a gateway draws for an intent."""
    return drawn(INTENTS[name].exposure, case.gateway).objects


AUTHS: Mapping[FeatureName, Auth] = {
    "oidc": OIDC,
    "jwt_claims": Jwt(
        issuer="https://id.acme.io", jwks_uri="https://id.acme.io/k", claims_to_headers={"sub": "X-User"}
    ),
    "basic_auth": BasicAuth("staff"),
    "api_key": ApiKey("partners"),
}


def of_one_host(case: Case) -> dict[str, Exposure]:
    """Exposures of one host that share what a gateway has once: two for each auth, and some with other features."""
    can = case.expected
    tls = Tls.issued_by("letsencrypt", hsts=Hsts() if "hsts" in can else None)
    aliases = () if case.name in LOGIN_AT_ONE_HOST else ("www.acme.io",)
    base = Exposure(host="web.acme.io", aliases=aliases, tls=tls)
    found = {name: replace(base, paths=(f"/{name}",)) for name in ("open", "second")}
    # With a path to the open service, which then gets headers of logins.
    further = (PathRoute("/shared", service="open", port=8080),) if case.removes else ()
    for name, auth in AUTHS.items():
        if name in can:
            for each in (f"{name.replace('_', '-')}-1", f"{name.replace('_', '-')}-2"):
                paths = (f"/{each}", *(replace(one, path=f"/{each}/shared") for one in further))
                found[each] = replace(base, auth=auth, paths=paths)
    if "cors" in can:
        found["cors"] = replace(base, cors=Cors(("https://acme.io",)), paths=("/cors",))
    if "rate_limit_client" in can and case.name not in LIMITS_ONE_HOST:
        found["limit"] = replace(base, rate_limit=RateLimit(10), paths=("/limit",))
    return found


def test_every_gateway_and_every_feature_is_in_the_contract() -> None:
    assert {case.provider.__name__ for case in CASES} == {provider.__name__ for provider in providers_of("gateway")}
    assert list(INTENTS) == list(FEATURES)


@pytest.mark.parametrize("name", FEATURES)
def test_two_gateways_or_more_support_each_feature(name: FeatureName) -> None:
    assert len(able(name)) >= 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_gateway_has_an_entry_for_every_feature(case: Case) -> None:
    assert list(case.provider.SUPPORTS) == list(FEATURES)
    for name, said in case.provider.SUPPORTS.items():
        assert said.source.startswith("https://") or (isinstance(said, Cannot) and len(said.why) > 20), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_gateway_has_an_expectation_for_exactly_what_it_can(case: Case) -> None:
    can = {name for name, said in case.provider.SUPPORTS.items() if isinstance(said, Can)}
    assert set(case.expected) == can
    assert all(case.expected.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_is_of_something_that_the_gateway_can(case: Case) -> None:
    assert {name for name, _ in case.refuses} | set(case.refuses_without) <= set(case.expected)
    assert all(number < len(INTENTS[name].changed) for name, number in case.refuses)


@pytest.mark.parametrize(("case", "name"), EVERY)
def test_an_intent_is_drawn_as_documented_or_an_error(case: Case, name: FeatureName) -> None:
    """The error names the gateways that support it."""
    intent = INTENTS[name]
    if isinstance(case.provider.SUPPORTS[name], Cannot):
        with pytest.raises(UnsupportedError) as caught:
            drawn(intent.exposure, case.gateway)
        message = next(line for line in str(caught.value).splitlines() if FEATURES[name].title in line)
        assert f"exposure.{FEATURES[name].field}: {case.name} cannot {FEATURES[name].title}, because " in message
        for other in able(name, but=case.name):
            assert other in message
        return
    result = with_intent(case, name)
    for expected in case.expected[name]:
        assert expected.holds(result), f"{expected} is not in {result}"
    assert_valid(result, "1.30")


@pytest.mark.parametrize(("case", "name"), ABLE)
def test_an_intent_changes_the_output(case: Case, name: FeatureName) -> None:
    if name in case.refuses_without:
        with pytest.raises(UnsupportedError, match=case.refuses_without[name]):
            drawn(INTENTS[name].without, case.gateway)
    else:
        result = drawn(INTENTS[name].without, case.gateway).objects
        assert not all(expected.holds(result) for expected in case.expected[name])


@pytest.mark.parametrize(("case", "name", "number"), CHANGES)
def test_a_changed_value_shows_in_the_output_or_is_refused(case: Case, name: FeatureName, number: int) -> None:
    if (name, number) in case.refuses:
        with pytest.raises(SpecError, match=case.refuses[name, number]):
            drawn(INTENTS[name].changed[number], case.gateway)
    else:
        assert drawn(INTENTS[name].changed[number], case.gateway).objects != with_intent(case, name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_order_of_services_does_not_change_the_output(case: Case, tmp_path: Path) -> None:
    exposures = of_one_host(case)
    files: list[str] = []
    for names in (list(exposures), [*reversed(exposures)], sorted(exposures, key=lambda name: name[::-1])):
        app = App(outdir=str(tmp_path / f"{len(files)}"))
        chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=case.gateway))
        for name in names:
            spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=exposures[name])
            web = Microservice(chart, name, spec)
            allow(web, "gateway-retired", reason="it is what we have")
        app.synth()
        files.append((tmp_path / f"{len(files)}" / "shop.k8s.yaml").read_text(encoding="utf-8"))
    assert files[0] == files[1] == files[2]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_editions_and_plug_ins_must_be_named(case: Case) -> None:
    for name, said in case.provider.SUPPORTS.items():
        if isinstance(said, Can) and said.needs is not None:
            with pytest.raises(UnsupportedError, match="it needs ") as caught:
                drawn(INTENTS[name].exposure, case.plain)
            assert said.needs in str(caught.value)


def test_some_intent_changes_each_field_of_each_value() -> None:
    changed: set[tuple[str, str]] = set()
    there: set[tuple[str, str]] = set()
    for intent in INTENTS.values():
        there |= set(_fields(intent.exposure))
        for other in (*intent.changed, intent.without):
            changed |= set(_differences(intent.exposure, other))
    assert there - changed - {("Oidc", "cookie_secret"), ("SecretKey", "key"), ("Exposure", "paths")} == set()


def _fields(value: object) -> Iterator[tuple[str, str]]:
    """Every field of the gateway's own values below one."""
    if isinstance(value, tuple):
        for item in cast("tuple[object, ...]", value):
            yield from _fields(item)
    elif dataclasses.is_dataclass(value) and "api_gateway" in type(value).__module__:
        for field in dataclasses.fields(value):
            yield type(value).__name__, field.name
            yield from _fields(getattr(value, field.name))


def _differences(one: object, other: object) -> Iterator[tuple[str, str]]:
    """The fields in which two values differ."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        for left, right in zip(cast("tuple[object, ...]", one), cast("tuple[object, ...]", other), strict=False):
            yield from _differences(left, right)
        return
    kind: type[object] = type(cast("object", one))
    if isinstance(other, kind) and dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            left, right = getattr(one, field.name), getattr(other, field.name)  # pyright: ignore[reportUnknownArgumentType]
            if left != right:
                yield kind.__name__, field.name
                yield from _differences(left, right)
