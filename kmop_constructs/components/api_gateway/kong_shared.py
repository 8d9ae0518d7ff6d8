"""Objects that several exposures need of Kong, each drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth
from kmop_constructs.components.api_gateway.kong_plugins import Plugin, group_of, limits
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import place_of
from kmop_constructs.core.sharing import draws_once

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.traffic import RateLimit
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.typings import configuration_konghq_com as kong
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["Algorithm", "draw_consumer", "draw_limit", "draw_policy"]

Algorithm: TypeAlias = Literal["round-robin", "least-connections", "latency"]


def draw_limit(scope: Construct, service: ServiceFacts, limit: RateLimit) -> str:
    """Draw the rate limit of a Service, and return the name of the KongPlugin."""
    place, name, config = place_of(scope), f"{service.services[0]}-rate-limiting", limits(limit)
    key = ("KongPlugin", scope_of(service.namespace, place.chart), name)
    hint = "Kong counts what comes to a Service, from all of its exposures: make them agree"
    if draws_once(place, place.path, key, {"the rate limit": dict(config)}, hint=hint):
        literal = Plugin(suffix="rate-limiting", plugin="rate-limiting", config=config).literal(name, service)
        Manifest(scope, "plugin-rate-limiting", literal)
    return name


def draw_policy(scope: Construct, service: ServiceFacts, algorithm: Algorithm | None, cookie: str | None) -> str:
    """Draw how Kong chooses among the pods of a Service, and return the name of the KongUpstreamPolicy."""
    place, name = place_of(scope), service.services[0]
    key = ("KongUpstreamPolicy", scope_of(service.namespace, place.chart), name)
    if draws_once(place, place.path, key, {"the algorithm": algorithm, "the cookie": cookie}):
        spec: kong.KongUpstreamPolicySpec = {}
        if algorithm is not None:
            spec["algorithm"] = algorithm
        if cookie is not None:
            spec["algorithm"] = "consistent-hashing"
            spec["hashOn"] = {"cookie": cookie, "cookiePath": "/"}
        literal: kong.KongUpstreamPolicy = {
            "apiVersion": "configuration.konghq.com/v1beta1",
            "kind": "KongUpstreamPolicy",
            "metadata": {"name": name, "labels": dict(service.labels)},
            "spec": spec,
        }
        Manifest(scope, "upstream-policy", literal)
    return name


def draw_consumer(scope: Construct, service: ServiceFacts, auth: BasicAuth | ApiKey, ingress_class: str) -> None:
    """Draw who a credential belongs to, alone in a group.

    Kong's consumers are those of all namespaces: without the group, each of them would be let in.
    """
    place = place_of(scope)
    kind = "basic-auth" if isinstance(auth, BasicAuth) else "key-auth"
    key = ("KongConsumer", scope_of(service.namespace, place.chart), auth.secret)
    said = {"what the Secret is": kind, "the class": ingress_class}
    if not draws_once(place, place.path, key, said, hint="a Secret is one credential, for one Kong"):
        return
    group = group_of(service, auth.secret)
    secret: k8s.Secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"{auth.secret}-group",
            "labels": {**service.application, "konghq.com/credential": "acl"},
        },
        "stringData": {"group": group},
    }
    consumer: kong.KongConsumer = {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongConsumer",
        "metadata": {
            "name": auth.secret,
            "labels": dict(service.application),
            "annotations": {"kubernetes.io/ingress.class": ingress_class},
        },
        "username": group,
        "credentials": [auth.secret, f"{auth.secret}-group"],
    }
    Manifest(scope, f"group-{auth.secret}", secret)
    Manifest(scope, f"consumer-{auth.secret}", consumer)
