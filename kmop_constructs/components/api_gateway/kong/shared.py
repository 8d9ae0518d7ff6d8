"""Objects that several exposures need of Kong, each drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Oidc
from kmop_constructs.components.api_gateway.kong.plugins import DEFAULT_CALLBACK, Plugin, group_of, limits
from kmop_constructs.components.api_gateway.slug import digest, host_slug
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import place_of
from kmop_constructs.core.sharing import draws_once

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.traffic import RateLimit, StickyCookie
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.core.place import Place
    from kmop_constructs.typings import configuration_konghq_com as kong
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["Algorithm", "claim_login", "draw_consumer", "draw_limit", "draw_login", "draw_policy"]

Algorithm: TypeAlias = Literal["round-robin", "least-connections", "latency"]


def draw_limit(scope: Construct, service: ServiceFacts, limit: RateLimit) -> str:
    """Draw the rate limit of a Service, and return the name of the KongPlugin."""
    place, name, config = place_of(scope), f"{service.services[0]}-rate-limiting", limits(limit)
    key = ("KongPlugin", scope_of(service.namespace, place.chart), name)
    hint = "Kong counts what comes to a Service, from all of its exposures: make them agree"
    if draws_once(place, place.path, key, {"the rate limit": dict(config)}, hint=hint):
        literal = Plugin(suffix="rate-limiting", plugin="rate-limiting", config=config).literal(
            name, service.application
        )
        Manifest(scope, "plugin-rate-limiting", literal)
    return name


def draw_policy(
    scope: Construct, service: ServiceFacts, algorithm: Algorithm | None, sticky: StickyCookie | None
) -> str:
    """Draw how Kong chooses among the pods of a Service, and return the name of the KongUpstreamPolicy.

    A cookie goes before the algorithm: it is a way to choose too.
    """
    place, name = place_of(scope), service.services[0]
    key = ("KongUpstreamPolicy", scope_of(service.namespace, place.chart), name)
    if draws_once(place, place.path, key, {"the algorithm": algorithm, "the cookie": sticky}):
        spec: kong.KongUpstreamPolicySpec = {}
        if sticky is not None:
            spec = {"algorithm": "consistent-hashing", "hashOn": {"cookie": sticky.name, "cookiePath": "/"}}
        elif algorithm is not None:
            spec = {"algorithm": algorithm}
        literal: kong.KongUpstreamPolicy = {
            "apiVersion": "configuration.konghq.com/v1beta1",
            "kind": "KongUpstreamPolicy",
            "metadata": {"name": name, "labels": dict(service.application)},
            "spec": spec,
        }
        Manifest(scope, "upstream-policy", literal)
    return name


def claim_login(place: Place, service: ServiceFacts, exposure: Exposure, auth: Oidc, *, ingress_class: str) -> bool:
    """Whether this exposure is the one that routes the way back of a login: the first that asks for it.

    Raises `ConflictError` where another exposure of the host has the same path for another login.
    """
    said: dict[str, object] = {
        "auth": auth,
        "allow_from": exposure.allow_from,
        "the namespace": scope_of(service.namespace, place.chart),
    }
    hint = "make the exposures of the host agree, or give one Oidc another callback_path"
    first = False
    for host in exposure.hosts:
        key = ("login path", ingress_class, f"{host}{auth.callback_path}")
        first = draws_once(place, place.path, key, said, hint=hint) or first
    return first


def draw_login(scope: Construct, service: ServiceFacts, host: str, auth: Oidc, plugin: Plugin) -> str:
    """Draw the plug-in of a login, which all exposures of the host that ask for it run, and return its name."""
    place = place_of(scope)
    name = f"login-{host_slug(host)}"
    if auth.callback_path != DEFAULT_CALLBACK:
        name = f"{name}-{digest(auth.callback_path)}"
    key = ("KongPlugin", scope_of(service.namespace, place.chart), name)
    if draws_once(place, place.path, key, {"auth": auth}):
        Manifest(scope, "plugin-login", plugin.literal(name, {}))
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
            "labels": {"konghq.com/credential": "acl"},
        },
        "stringData": {"group": group},
    }
    consumer: kong.KongConsumer = {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongConsumer",
        "metadata": {
            "name": auth.secret,
            "annotations": {"kubernetes.io/ingress.class": ingress_class},
        },
        "username": group,
        "credentials": [auth.secret, f"{auth.secret}-group"],
    }
    Manifest(scope, f"group-{auth.secret}", secret)
    Manifest(scope, f"consumer-{auth.secret}", consumer)
