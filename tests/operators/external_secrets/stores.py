"""The fake stores: their values are changed as a person changes those of a real one."""

from __future__ import annotations

import copy
import json
from datetime import datetime

from tests.cluster.api import Api, Object
from tests.cluster.waiting import eventually
from tests.operators.objects import apply
from tests.operators.secret_objects import pick

GONE = None
"""As a value: the secret is deleted in the store."""


def write(api: Api, objects: list[Object], place: str, name: str, path: str, fields: dict[str, str] | None) -> None:
    """Have a store with other values at a path, beside what is drawn for it."""
    store = copy.deepcopy(pick(objects, "SecretStore" if place else "ClusterSecretStore", place, name))
    fake = store["spec"]["provider"]["fake"]
    kept = [each for each in fake["data"] if each["key"] != path]
    assert len(kept) < len(fake["data"]), f"{name}: has no path {path}"
    fake["data"] = kept if fields is GONE else [*kept, {"key": path, "value": json.dumps(fields)}]
    apply(api, [store])


def restore(api: Api, objects: list[Object], place: str, name: str) -> None:
    """Have a store with the values that are drawn."""
    apply(api, [pick(objects, "SecretStore" if place else "ClusterSecretStore", place, name)])


def refreshed_at(api: Api, item: Object) -> datetime:
    text = api.get(api.path_of(item)).get("status", {}).get("refreshTime") or "1970-01-01T00:00:00Z"
    return datetime.fromisoformat(text)


def read_again(api: Api, item: Object) -> None:
    """Wait until the operator has read the store once more, with success, from the beginning."""
    for _ in range(2):  # the first may have begun before now
        before = refreshed_at(api, item)
        eventually(lambda before=before: [] if refreshed_at(api, item) > before else ["not read again"])
