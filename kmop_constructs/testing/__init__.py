"""Test kit for repositories that use this library: synthesize, select objects, compare snapshots, check reachability.

    result = synthesize(chart)
    assert result.one("Deployment", "web")["spec"]["replicas"] == 3
    assert_reachable(web, orders, 8080)
    assert_blocked(web, payments)

Snapshots need the extra ``kmop-constructs[testing]``.
"""

from __future__ import annotations

from kmop_constructs.checks.references import RequiredObject
from kmop_constructs.testing.reachable import assert_blocked, assert_reachable
from kmop_constructs.testing.synthesized import Synthesized, synthesize

__all__ = ["RequiredObject", "Synthesized", "assert_blocked", "assert_reachable", "synthesize"]
