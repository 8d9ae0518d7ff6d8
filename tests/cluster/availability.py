"""How many pods of each workload were there to answer, at every single change of a pod."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from tests.cluster.api import Api, Object, many, name_of
from tests.cluster.state import live
from tests.cluster.waiting import eventually


def ready(pod: Object) -> bool:
    """Whether a pod counts: ready, and not on its way out."""
    conditions = many(pod.get("status", {}).get("conditions"))
    is_ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return is_ready and "deletionTimestamp" not in pod["metadata"]


class Availability:
    """Watches the pods of some workloads while the block runs, and keeps the fewest that were ready of each."""

    def __init__(self, api: Api, workloads: Iterable[Object]) -> None:
        self._api = api
        self._workloads = list(workloads)
        self._namespaces = {item["metadata"]["namespace"] for item in self._workloads}
        self._pods: dict[str, Object] = {}
        self.fewest: dict[str, int] = {}
        """By workload, such as ``Deployment shop/web``."""
        self.changes = 0
        """How many changes of pods were seen."""
        self._lost: LookupError | None = None

    def __enter__(self) -> Self:
        listed = self._api.get(self._path)
        for pod in listed["items"]:
            if pod["metadata"]["namespace"] in self._namespaces:
                self._pods[pod["metadata"]["uid"]] = pod
        self._count()
        self._watch = self._api.watch(self._path, listed["metadata"]["resourceVersion"])
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None:
                eventually(self._behind, within=30)
        finally:
            self._watch.wake()
            self._thread.join(10)
            self._watch.close()

    @property
    def _path(self) -> str:
        """The pods of one namespace, or those of all where a system has several."""
        only = f"namespaces/{next(iter(self._namespaces))}/" if len(self._namespaces) == 1 else ""
        return f"/api/v1/{only}pods"

    def _mine(self) -> list[Object]:
        return [pod for pod in self._api.items(self._path) if pod["metadata"]["namespace"] in self._namespaces]

    def _behind(self) -> list[str]:
        """What the server has and the watch has not told yet."""
        if self._lost is not None:
            raise self._lost
        now = {pod["metadata"]["uid"]: pod["metadata"]["resourceVersion"] for pod in self._mine()}
        seen = {uid: pod["metadata"]["resourceVersion"] for uid, pod in list(self._pods.items())}
        return [] if now == seen else ["the watch of the pods is behind"]

    def _follow(self) -> None:
        try:
            for kind, pod in self._watch:
                self._note(kind, pod)
        except LookupError as error:
            self._lost = error

    def _note(self, kind: str, pod: Object) -> None:
        if pod["metadata"].get("namespace") not in self._namespaces:
            return
        if kind in ("ADDED", "MODIFIED"):
            self._pods[pod["metadata"]["uid"]] = pod
        elif kind == "DELETED":
            self._pods.pop(pod["metadata"]["uid"], None)
        else:
            return
        self.changes += 1
        self._count()

    def _count(self) -> None:
        for item in self._workloads:
            labels: dict[str, str] = item["spec"]["selector"]["matchLabels"]
            mine = sum(
                ready(pod)
                and pod["metadata"]["namespace"] == item["metadata"]["namespace"]
                and labels.items() <= pod["metadata"].get("labels", {}).items()
                for pod in self._pods.values()
            )
            name = name_of(item)
            self.fewest[name] = min(mine, self.fewest.get(name, mine))


def floors(api: Api, workloads: Iterable[Object]) -> dict[str, int]:
    """The fewest pods that a rollout may leave of each workload: what its strategy says, and its budget, if more."""
    found: dict[str, int] = {}
    for item in workloads:
        spec = live(api, item)["spec"]
        wanted: int = spec["replicas"]
        strategy: dict[str, Any] = spec.get("strategy") or spec.get("updateStrategy") or {}
        missing: int | str = strategy.get("rollingUpdate", {}).get("maxUnavailable", 1)  # the default of a StatefulSet
        by_strategy = wanted - _pods_of(missing, wanted) if strategy.get("type") == "RollingUpdate" else 0
        found[name_of(item)] = max(by_strategy, by_budget(api, item))
    return found


def by_budget(api: Api, workload: Object) -> int:
    """The fewest pods that evictions may leave of a workload; 0 where it has no budget."""
    namespace = workload["metadata"]["namespace"]
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return max(
        (
            budget["status"]["desiredHealthy"]
            for budget in api.items(f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets")
            if budget["spec"]["selector"]["matchLabels"].items() <= labels.items()
        ),
        default=0,
    )


def too_few(seen: Availability, lowest: dict[str, int]) -> list[str]:
    """Workloads that fell below."""
    return [
        f"{name}: fell to {seen.fewest[name]} ready pods, may not fall below {floor}"
        for name, floor in sorted(lowest.items())
        if seen.fewest[name] < floor
    ]


def _pods_of(amount: int | str, wanted: int) -> int:
    """An amount that may be a percentage, rounded down as Kubernetes does for pods that may be missing."""
    return amount if isinstance(amount, int) else math.floor(int(amount.rstrip("%")) * wanted / 100)
