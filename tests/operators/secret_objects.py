"""Secrets on the cluster: what is in them, who reads them, and which pods were replaced."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from tests.cluster.api import Api, Object
from tests.cluster.waiting import eventually

COLLECTED = 120
"""Seconds until an object without its owner is gone: the collector looks for new kinds every 30."""
MERGE = "application/merge-patch+json"
_NUMBERS = itertools.count()


def secret_of(api: Api, place: str, name: str) -> Object:
    """A Secret. Raises `LookupError` where there is none."""
    return api.get(f"/api/v1/namespaces/{place}/secrets/{name}")


def exists(api: Api, place: str, name: str) -> bool:
    return api.exists(f"/api/v1/namespaces/{place}/secrets/{name}")


def values_of(secret: Object) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in secret.get("data", {}).items()}


def values(api: Api, place: str, name: str) -> dict[str, str]:
    """Keys and values of a Secret; none where there is no Secret."""
    return values_of(secret_of(api, place, name)) if exists(api, place, name) else {}


def condition(api: Api, item: Object, kind: str) -> tuple[str, str]:
    """The status and the reason of a condition; empty where it is not there."""
    listed = api.get(api.path_of(item)).get("status", {}).get("conditions", [])
    return next(((each["status"], each.get("reason", "")) for each in listed if each["type"] == kind), ("", ""))


def pick(objects: Iterable[Object], kind: str, place: str, name: str) -> Object:
    """The one object of a kind, namespace and name."""
    wanted = (kind, place, name)
    (found,) = [
        each
        for each in objects
        if (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]) == wanted
    ]
    return found


def read_keys(objects: Iterable[Object]) -> set[tuple[str, str, str]]:
    """Namespace, Secret and key of what pods read."""
    found: set[tuple[str, str, str]] = set()
    for item in objects:
        place = item["metadata"].get("namespace", "")
        for each in _dicts(item.get("spec")):
            match each:
                case {"secretKeyRef": {"name": name, "key": key}}:
                    found.add((place, name, key))
                case {"secret": {"secretName": name, "items": items}}:
                    found |= {(place, name, one["key"]) for one in items}
                case _:
                    pass
    return found


def templates(api: Api, place: str) -> dict[str, tuple[str, ...]]:
    """Which pod templates each workload has had: names of ReplicaSets and ControllerRevisions by owner, generations of CronJobs."""
    found: dict[str, list[str]] = {}
    for kind in ("replicasets", "controllerrevisions"):
        for item in api.items(f"/apis/apps/v1/namespaces/{place}/{kind}"):
            owner = item["metadata"]["ownerReferences"][0]["name"]
            found.setdefault(owner, []).append(item["metadata"]["name"])
    for item in api.items(f"/apis/batch/v1/namespaces/{place}/cronjobs"):
        found[item["metadata"]["name"]] = [str(item["metadata"]["generation"])]
    return {owner: tuple(sorted(names)) for owner, names in found.items()}


def replaced(api: Api, place: str, sentinel: str, change: Callable[[], object]) -> set[str]:
    """Workloads of a namespace that get another pod template by a change.

    Nothing else is waited for than `change`; then the pods of `sentinel` are replaced, and when the controllers have acted on
    that, they have acted on all that came before.
    """
    before = templates(api, place)
    assert sentinel in before
    change()
    path = f"/apis/apps/v1/namespaces/{place}/deployments/{sentinel}"
    patch = {"spec": {"template": {"metadata": {"annotations": {"tests/restarted": str(next(_NUMBERS))}}}}}
    assert api.send("PATCH", path, patch, content=MERGE).ok

    def waiting() -> Sequence[str]:
        return [] if templates(api, place)[sentinel] != before[sentinel] else [f"{sentinel}: no new ReplicaSet"]

    eventually(waiting)
    after = templates(api, place)
    return {name for name in after if after[name] != before.get(name)} - {sentinel}


def settled(api: Api, place: str, names: Iterable[str]) -> None:
    """Wait until each workload has a pod template."""
    wanted = set(names)
    eventually(lambda: [f"{each}: no template yet" for each in sorted(wanted - set(templates(api, place)))])


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        yield found
        for each in found.values():
            yield from _dicts(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _dicts(each)
