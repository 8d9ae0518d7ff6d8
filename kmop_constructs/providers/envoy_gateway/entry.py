"""A Gateway of Envoy Gateway that a platform team owns; application teams own the routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.providers.envoy_gateway.policies import client_policy, client_tls
from kmop_constructs.providers.gateway_api.entry import GatewayApiEntry, GatewayApiEntryOptions
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.entry import Listener, StreamListener
    from kmop_constructs.components.api_gateway.tls import Tls

    from constructs import Construct

__all__ = ["EnvoyEntry", "EnvoyEntryOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvoyEntryOptions(GatewayApiEntryOptions):
    """Options of `EnvoyEntry`, a shared Gateway: those of `GatewayApiEntryOptions` with the class of Envoy Gateway."""

    gateway_class: str = "eg"
    """The field ``gatewayClassName``. Default: ``eg``, as in the quick start of Envoy Gateway."""


class EnvoyEntry(GatewayApiEntry):
    """A `GatewayApiEntry` of Envoy Gateway, with two more settings: a minimum TLS version, and client certificates."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        listeners: Sequence[Listener | StreamListener],
        name: str | None = None,
        options: EnvoyEntryOptions = EnvoyEntryOptions(),
    ) -> None:
        """Draw the Gateway; see `GatewayApiEntry` for the arguments."""
        made_by("EnvoyEntry: options", options, EnvoyEntryOptions)
        self._authorities: list[str] = []
        super().__init__(scope, id, listeners=listeners, name=name, options=options)
        if self._authorities and self._away is not None:
            self._grant("ClientTrafficPolicy", "gateway.envoyproxy.io", self._authorities)

    def _check(self, tls: Tls) -> None:
        self._check_header(tls)

    def _secured(self, section: str, tls: Tls) -> None:
        drawn = client_tls(tls, namespace=self._away)
        if drawn is None:
            return
        Manifest(self, f"client-{section}", client_policy(self._name, section, drawn))
        if tls.mutual is not None and tls.mutual.ca_secret not in self._authorities:
            self._authorities.append(tls.mutual.ca_secret)
