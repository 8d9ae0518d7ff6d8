"""The connections that all pods of all callers may open, and what a store accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.checks.pod_counts import PodCounts
from kmop_constructs.components.data.uses import StoreDrawn, UsesStore
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "store-connections"
REASON = (
    "A database refuses connections above its limit: at the highest load, or during a rollout, pods cannot connect."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find stores whose callers may open more connections than the server or its pooler accepts."""
    used = synthesis.facts(UsesStore)
    if not any(each.connections is not None for each in used):
        return
    counted = _Counted(synthesis)
    for store in synthesis.facts(StoreDrawn):
        for primary in (True, False):
            mine = [each for each in used if each.store == store.path and each.primary is primary]
            yield from _above(store, mine, counted)


def _above(store: StoreDrawn, used: Sequence[UsesStore], counted: _Counted) -> Iterator[Finding]:
    pooled = [each for each in used if each.mode is not None]
    direct = [each for each in used if each.mode is None]
    total, of = counted.total(pooled)
    if store.pooler is not None and total > store.pooler.clients:
        message = (
            f"its callers may open {total} connections ({of}), and its pooler accepts {store.pooler.clients}; make pools smaller, or "
            "set max_client_conn in Pooler(settings=…)"
        )
        yield Finding(path=store.path, rule=RULE, message=message)
    total, of = counted.total(direct)
    logins = len({each.user for each in pooled})
    if store.pooler is not None and logins:
        servers = store.pooler.servers * logins
        total += servers
        of = ", ".join(filter(None, (of, f"its pooler: {servers} for {logins} login{'s' if logins > 1 else ''}")))
    if store.limit is not None and total > store.limit:
        message = (
            f"its callers may open {total} connections ({of}), and the server accepts {store.limit} of applications; make pools "
            "smaller, or set max_connections in settings"
        )
        yield Finding(path=store.path, rule=RULE, message=message)


class _Counted:
    """The connections of callers."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._pods = PodCounts(synthesis)

    def total(self, used: Sequence[UsesStore]) -> tuple[int, str]:
        """Return the connections of all pods of callers that say how many they open, and how they come about."""
        total, parts = 0, list[str]()
        for each in sorted(used, key=lambda one: one.caller):
            pods = self._pods.most(each.caller)
            if each.connections is None or pods is None:
                continue
            total += each.connections * pods
            parts.append(f"{each.caller}: {each.connections} for each of {pods} pod{'s' if pods > 1 else ''}")
        return total, ", ".join(parts)
