"""Objects of Kong that several exposures share, each drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Oidc
from kmop_constructs.components.api_gateway.claims import claim
from kmop_constructs.components.api_gateway.slug import digest, host_slug
from kmop_constructs.core.derived import agree, derive
from kmop_constructs.core.made import HoldsNoSecret
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.place import place_of
from kmop_constructs.providers.kong.plugins import DEFAULT_CALLBACK, Plugin, group_of, limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.traffic import RateLimit, StickyCookie
    from kmop_constructs.core.facts import Key
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import configuration_konghq_com as kong
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["Algorithm", "claim_login", "draw_consumer", "draw_limit", "draw_login", "draw_policy"]

Algorithm: TypeAlias = Literal["round-robin", "least-connections", "latency"]


_ONE_LOGIN = "use the same values in the exposures of the host, or set another callback_path in one Oidc"


def draw_limit(scope: Construct, service: ServiceFacts, limit: RateLimit) -> str:
    """Draw the rate limit of a Service, and return the name of the KongPlugin. `scope` is the gateway construct."""
    name, config = f"{service.services[0]}-rate-limiting", limits(limit)
    plugin = Plugin(suffix="rate-limiting", plugin="rate-limiting", config=config)
    says: dict[str, object] = {"the rate limit": dict(config)}
    hint = "Kong counts all requests to a Service, from all of its exposures: use the same values"
    _plugin(scope, service, name, plugin, service.application, says=says, hint=hint)
    return name


def draw_policy(
    scope: Construct, service: ServiceFacts, algorithm: Algorithm | None, sticky: StickyCookie | None
) -> str:
    """Draw the load balancing among the pods of a Service, and return the name of the KongUpstreamPolicy.

    A cookie replaces the algorithm, because it also chooses the pod. `scope` is the gateway construct.
    """
    name = service.services[0]
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
    derive(
        place_of(scope),
        ("KongUpstreamPolicy", service.scope, name),
        Deferred(
            api_version="configuration.konghq.com/v1beta1",
            kind="KongUpstreamPolicy",
            name=name,
            draw=lambda _: literal,
        ),
        says={"the algorithm": algorithm, "the cookie": sticky},
    )
    return name


def claim_login(
    place: Place, service: ServiceFacts, exposure: Exposure, auth: Oidc, *, ingress_class: str, routed: bool
) -> list[Key]:
    """Claim the callback path of a login at each host, for `must_route`. `routed`: a path of the exposure covers it.

    Another exposure of the host with the same path for another login is a finding of the rule ``shared-object``.
    """
    keys: list[Key] = [("login path", ingress_class, f"{host}{auth.callback_path}") for host in exposure.hosts]
    for key in keys:
        # Exposures that agree on the namespace need the plug-in of one name, and must agree on all other values.
        agree(place, key, {"allow_from": exposure.allow_from, "the namespace": service.scope}, hint=_ONE_LOGIN)
        claim(place, key, routed=routed)
    return keys


def draw_login(scope: Construct, service: ServiceFacts, host: str, auth: Oidc, plugin: Plugin) -> str:
    """Draw the plug-in of a login, which all exposures of the host with that login use, and return its name."""
    name = f"login-{host_slug(host)}"
    if auth.callback_path != DEFAULT_CALLBACK:
        name = f"{name}-{digest(auth.callback_path)}"
    _plugin(scope, service, name, plugin, {}, says={"auth": auth}, hint=_ONE_LOGIN)
    return name


def draw_consumer(scope: Construct, service: ServiceFacts, auth: BasicAuth | ApiKey, ingress_class: str) -> None:
    """Draw the consumer of a credential, alone in a group. `scope` is the gateway construct.

    Kong reads consumers of all namespaces: without the group, each of them would be allowed.
    """
    place, group = place_of(scope), group_of(service, auth.secret)
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
    place.give(HoldsNoSecret(name=f"{auth.secret}-group", scope=service.scope))
    derive(
        place,
        ("Secret", service.scope, f"{auth.secret}-group"),
        Deferred(api_version="v1", kind="Secret", name=f"{auth.secret}-group", draw=lambda _: secret),
        says={"the group": group},
    )
    derive(
        place,
        ("KongConsumer", service.scope, auth.secret),
        Deferred(
            api_version="configuration.konghq.com/v1", kind="KongConsumer", name=auth.secret, draw=lambda _: consumer
        ),
        says={
            "what the Secret is": "basic-auth" if isinstance(auth, BasicAuth) else "key-auth",
            "the class": ingress_class,
        },
        hint="a Secret is one credential of one Kong",
    )


def _plugin(
    scope: Construct,
    service: ServiceFacts,
    name: str,
    plugin: Plugin,
    labels: Mapping[str, str],
    *,
    says: Mapping[str, object],
    hint: str,
) -> None:
    derive(
        place_of(scope),
        ("KongPlugin", service.scope, name),
        Deferred(
            api_version="configuration.konghq.com/v1",
            kind="KongPlugin",
            name=name,
            draw=lambda _: plugin.literal(name, labels),
        ),
        says=says,
        hint=hint,
    )
