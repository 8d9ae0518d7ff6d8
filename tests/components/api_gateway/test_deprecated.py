"""No gateway draws a field that its tool deprecates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from kmop_constructs import KmopChart, Tls
from kmop_constructs.authors import Can
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.exposure import Listener, MutualTls
from kmop_constructs.providers.envoy_gateway import EnvoyEntry, EnvoyGateway, EnvoyGatewayClass
from kmop_constructs.testing import synthesize
from tests.components.api_gateway.contract import Case, cases, drawn
from tests.components.api_gateway.intents import INTENTS

import pytest
from cdk8s import App

DEPRECATED: Mapping[str, Sequence[str]] = {
    # "Deprecated:" in https://github.com/envoyproxy/gateway/tree/v1.9.1/api/v1alpha1
    "BackendTrafficPolicy": (
        "compression",
        "loadBalancer.consistentHash.header",
        "rateLimit.type",
        "targetRef",
        "telemetry.tracing.customTags",
    ),
    "ClientTrafficPolicy": (
        "enableProxyProtocol",
        "headers.preserveXRequestID",
        "targetRef",
        "tls.clientValidation.optional",
    ),
    "EnvoyProxy": (
        "provider.kubernetes.envoyService.loadBalancerIP",
        "telemetry.accessLog.settings.sinks.als.backendRef",
        "telemetry.accessLog.settings.sinks.openTelemetry.backendRef",
        "telemetry.accessLog.settings.sinks.openTelemetry.host",
        "telemetry.accessLog.settings.sinks.openTelemetry.port",
        "telemetry.metrics.sinks.openTelemetry.backendRef",
        "telemetry.metrics.sinks.openTelemetry.host",
        "telemetry.metrics.sinks.openTelemetry.port",
        "telemetry.tracing.customTags",
        "telemetry.tracing.provider.backendRef",
        "telemetry.tracing.provider.host",
        "telemetry.tracing.provider.port",
    ),
    "SecurityPolicy": (
        "extAuth.grpc.backendRef",
        "extAuth.http.backendRef",
        "jwt.providers.remoteJWKS.backendRef",
        "oidc.provider.backendRef",
        "targetRef",
    ),
    # "Deprecated" in https://github.com/istio/api/blob/v1.32.0/networking/v1alpha3/destination_rule.proto
    "DestinationRule": (
        "trafficPolicy.loadBalancer.consistentHash.minimumRingSize",
        "trafficPolicy.loadBalancer.warmupDurationSecs",
    ),
    # "Deprecated:" in https://github.com/traefik/traefik/tree/v3.7.13/pkg/provider/kubernetes/crd/traefikio/v1alpha1 and
    # pkg/config/dynamic/middlewares.go
    "IngressRoute": ("routes.syntax",),
    "Middleware": (
        "contentType.autoDetect",
        "forwardAuth.tls.caOptional",
        "forwardAuth.trustForwardHeader",
        "headers.featurePolicy",
        "headers.sslForceHost",
        "headers.sslHost",
        "headers.sslRedirect",
        "headers.sslTemporaryRedirect",
        "ipWhiteList",
        "stripPrefix.forceSlash",
    ),
    "ServersTransport": ("rootCAsSecrets",),
    "TLSOption": ("preferServerCipherSuites",),
    # "DEPRECATED" in https://github.com/emissary-ingress/emissary/tree/v4.1.0/pkg/api/getambassador.io/v3alpha1
    "Host": ("selector",),
    "Mapping": ("host", "host_regex", "use_websocket"),
}
"""Deprecated fields below ``spec``, by kind; items of lists have no part of their own."""


def fields(value: object, path: str = "") -> Iterator[str]:
    """The paths of all fields."""
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from fields(item, path)
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            below = f"{path}.{key}" if path else key
            yield below
            yield from fields(item, below)


def deprecated(objects: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Kind and path of the deprecated fields of objects."""
    return {
        (each["kind"], path)
        for each in objects
        for path in fields(each.get("spec", {}))
        if path in DEPRECATED.get(each["kind"], ())
    }


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_gateway_draws_no_deprecated_field(case: Case) -> None:
    able: list[FeatureName] = [name for name in INTENTS if isinstance(case.provider.SUPPORTS[name], Can)]
    found = {each for name in able for each in deprecated(drawn(INTENTS[name].exposure, case.gateway).objects)}
    assert found == set()


def test_limits_without_the_service_are_not_deprecated() -> None:
    found = drawn(INTENTS["rate_limit_global"].exposure, EnvoyGateway).objects
    assert deprecated(found) == set()


def test_the_entry_of_envoy_draws_no_deprecated_field() -> None:
    chart = KmopChart(App(), "edge", namespace="edge")
    tls = Tls.secret("tls", min_version="1.3", mutual=MutualTls("ca", optional=True))
    EnvoyEntry(chart, "public", listeners=[Listener("a.acme.io", tls=tls)])
    EnvoyGatewayClass(chart, "internal")
    assert deprecated(synthesize(chart).objects) == set()
