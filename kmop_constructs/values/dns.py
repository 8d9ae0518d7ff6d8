"""DNS settings of a pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import frozen, hostname, ip_address, mapping, one_of, texts

__all__ = ["Dns"]

_MOST_NAMESERVERS = 3
"""Highest number of name servers that a resolver uses and the API server accepts."""

_Policy: TypeAlias = Literal["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dns:
    """DNS settings of a pod (``dnsPolicy`` and ``dnsConfig``)."""

    policy: _Policy | None = None
    """``dnsPolicy``. ``"ClusterFirst"``: the cluster's DNS. ``"ClusterFirstWithHostNet"``: the cluster's DNS, also for
    pods on the network of the node. ``"Default"``: the resolver of the node. ``"None"`` (text): only the other fields
    here; `nameservers` is then needed. Default: not set; Kubernetes uses ``ClusterFirst``."""

    nameservers: tuple[str, ...] = ()
    """IP addresses of additional name servers, at most 3. Default: none; only those of `policy`."""

    searches: tuple[str, ...] = ()
    """Additional search domains for short host names. Default: none; only those of `policy`."""

    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Resolver options, such as ``{"ndots": "2"}``; write empty text as the value of an option that has no value.
    Default: none."""

    def __post_init__(self) -> None:
        if self.policy is not None:
            one_of("Dns.policy", self.policy, _Policy)
        object.__setattr__(self, "nameservers", texts("Dns.nameservers", self.nameservers))
        for address in self.nameservers:
            ip_address("Dns.nameservers", address)
        if len(self.nameservers) > _MOST_NAMESERVERS:
            raise bad("Dns.nameservers", f"more than {_MOST_NAMESERVERS}", len(self.nameservers), "remove some")
        texts("Dns.options", list(mapping("Dns.options", self.options)))
        texts("Dns.options", self.options.values())
        object.__setattr__(self, "searches", texts("Dns.searches", self.searches))
        for domain in self.searches:
            hostname("Dns.searches", domain)
        object.__setattr__(self, "options", frozen(self.options))
        if self.policy == "None" and not self.nameservers:
            raise SpecError("Dns.nameservers: empty, but the policy 'None' has no name servers; set at least one")
