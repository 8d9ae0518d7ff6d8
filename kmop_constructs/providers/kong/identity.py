"""The plug-in of Kong that removes request headers with which a client could claim an identity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Jwt
from kmop_constructs.components.api_gateway.identity import merged
from kmop_constructs.core.manifest import Deferred

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.providers.kong.plugins import Plugin
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.typings import k8s

__all__ = ["IDENTITY", "PLUGINS", "claims_of", "identity_of", "transformer", "without_plugin"]

IDENTITY = "identity"
"""The name suffix of the plug-in, where it does nothing else."""

PLUGINS = "konghq.com/plugins"
"""The annotation of a route with the names of its plug-ins."""


def identity_of(exposure: Exposure) -> tuple[str, ...]:
    """Return the request headers that Kong sets for the consumer of a credential (kong/plugins/key-auth/handler.lua, acl/handler.lua)."""
    if not isinstance(exposure.auth, BasicAuth | ApiKey):
        return ()
    return ("X-Consumer-ID", "X-Consumer-Custom-ID", "X-Consumer-Username", "X-Credential-Identifier", "X-Consumer-Groups")  # fmt: skip


def claims_of(exposure: Exposure) -> tuple[str, ...]:
    """Return the request headers that get claims of a token."""
    return tuple(exposure.auth.claims_to_headers.values()) if isinstance(exposure.auth, Jwt) else ()


def transformer(
    plugin: Plugin,
    name: str,
    labels: Mapping[str, str],
    claims: Sequence[str],
    forged: Callable[[Synthesis], Sequence[str]],
) -> Deferred:
    """Return the plug-in request-transformer that also removes request headers; not drawn where it has nothing to do.

    It runs after the authentication, whose headers it must leave. Headers for `claims` of a token are removed before: the
    plug-in openid-connect is not documented to remove a header for which a token has no claim
    (https://developer.konghq.com/gateway/plugins/plugin-ordering/).
    """

    def draw(synthesis: Synthesis) -> Mapping[str, object] | None:
        removed = merged(claims, forged(synthesis))
        config = {**plugin.config, "remove": {"headers": removed}} if removed else plugin.config
        before = ("openid-connect",) if claims else ()
        return replace(plugin, config=config, before=before).literal(name, labels) if config else None

    version = "configuration.konghq.com/v1"
    return Deferred(api_version=version, kind="KongPlugin", name=name, draw=draw, optional=not plugin.config)


def without_plugin(literal: k8s.Ingress | gw.HTTPRoute, unused: str) -> Mapping[str, object]:
    """Return a route without one of its plug-ins."""
    annotations = dict(literal["metadata"].get("annotations", {}))
    annotations[PLUGINS] = ",".join(name for name in annotations.get(PLUGINS, "").split(",") if name != unused)
    if not annotations[PLUGINS]:
        del annotations[PLUGINS]
    metadata: dict[str, object] = {**literal["metadata"], "annotations": annotations}
    if not annotations:
        del metadata["annotations"]
    return {**literal, "metadata": metadata}
