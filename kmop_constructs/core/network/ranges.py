"""Address ranges that are not on the internet, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeGuard

from kmop_constructs.values.pods import Addresses, Pods, within

__all__ = ["LOCAL_RANGES", "PRIVATE_RANGES", "SPECIAL_RANGES", "only_of_services"]

PRIVATE_RANGES: Final = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""Private addresses (RFC 1918, RFC 4193) and carrier-grade ones (RFC 6598), from which clusters take those of pods."""

LOCAL_RANGES: Final = (*PRIVATE_RANGES, "169.254.0.0/16", "fe80::/10")
"""The same, and link-local addresses (RFC 3927, RFC 4291), which the metadata services of clouds have."""

SPECIAL_RANGES: Final = (
    *LOCAL_RANGES,
    *("0.0.0.0/8", "127.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"),
    *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001:db8::/32"),
)
"""All ranges that no host on the internet has: the IANA registries of special-purpose addresses, and multicast. For IPv6 only
those inside of 2000::/3, and those above."""


def only_of_services(peer: Pods | Addresses, services: Sequence[str]) -> TypeGuard[Addresses]:
    """Return whether a peer is known by addresses of Services alone."""
    return isinstance(peer, Addresses) and all(any(within(each, one) for one in services) for each in peer.ranges)
