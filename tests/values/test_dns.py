"""A pod's resolver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.dns import Dns

import pytest


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dns(nameservers=("dns.acme.io",)), "Dns.nameservers: not an IP address, got 'dns.acme.io'"),
        (lambda: Dns(nameservers=cast(Any, "10.0.0.1")), "Dns.nameservers: a single value instead of a list"),
        (lambda: Dns(nameservers=("10.0.0.1",) * 4), "Dns.nameservers: more than 3, got 4"),
        (lambda: Dns(searches=("a b",)), "Dns.searches: not a host name"),
        (lambda: Dns(options=cast(Any, {"ndots": 2})), "Dns.options: not text, got 2; write '2'"),
        (lambda: Dns(policy=cast(Any, "none")), "Dns.policy: .*, got 'none'; use 'ClusterFirst' or "),
        (lambda: Dns(policy="None"), "Dns.nameservers: empty, but the policy 'None' has no name servers"),
    ],
)
def test_a_resolver_that_no_pod_could_have_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        make()


def test_a_resolver_may_bring_its_own_servers() -> None:
    assert Dns(policy="None", nameservers=("10.0.0.1", "fd00::1")).nameservers == ("10.0.0.1", "fd00::1")
