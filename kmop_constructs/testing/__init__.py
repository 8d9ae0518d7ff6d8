"""A test kit for the repositories of teams: synthesize, pick objects, compare snapshots, ask who reaches whom.

    result = synthesize(chart)
    assert result.one("Deployment", "web")["spec"]["replicas"] == 3
    assert_reachable(web, orders, 8080)
    assert_blocked(web, payments)

It needs the extra ``kmop-constructs[testing]`` for snapshots.
"""

from __future__ import annotations

from kmop_constructs.testing.reachable import assert_blocked, assert_reachable
from kmop_constructs.testing.synthesized import Synthesized, synthesize

__all__ = ["Synthesized", "assert_blocked", "assert_reachable", "synthesize"]
