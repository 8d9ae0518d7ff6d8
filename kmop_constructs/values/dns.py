"""How a pod's resolver is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import frozen, hostname, ip_address, mapping, one_of, texts

__all__ = ["Dns"]

_MOST_NAMESERVERS = 3
"""As many as a resolver asks, and the API server takes."""

_Policy: TypeAlias = Literal["ClusterFirst", "Default", "None"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dns:
    """The pod's resolver."""

    policy: _Policy | None = None
    """``Default`` is the node's resolver, ``None`` (as text) what is given here alone. Default: the cluster's
    (``ClusterFirst``)."""

    nameservers: tuple[str, ...] = ()
    """Addresses of name servers. Default: none but those of the policy."""

    searches: tuple[str, ...] = ()
    """Domains to search. Default: none but those of the policy."""

    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Resolver options, such as ``{"ndots": "2"}``; an empty value for one without. Default: none."""

    def __post_init__(self) -> None:
        if self.policy is not None:
            one_of("Dns.policy", self.policy, _Policy)
        for address in texts("Dns.nameservers", self.nameservers):
            ip_address("Dns.nameservers", address)
        if len(self.nameservers) > _MOST_NAMESERVERS:
            raise bad("Dns.nameservers", f"more than {_MOST_NAMESERVERS}", len(self.nameservers), "leave some out")
        texts("Dns.options", list(mapping("Dns.options", self.options)))
        texts("Dns.options", self.options.values())
        for domain in texts("Dns.searches", self.searches):
            hostname("Dns.searches", domain)
        object.__setattr__(self, "nameservers", tuple(self.nameservers))
        object.__setattr__(self, "searches", tuple(self.searches))
        object.__setattr__(self, "options", frozen(self.options))
        if self.policy == "None" and not self.nameservers:
            raise SpecError("Dns.nameservers: empty, and the policy 'None' brings none; give at least one")
