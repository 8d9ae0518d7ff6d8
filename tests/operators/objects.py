"""Objects on the cluster of the operators: put there, and looked at strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.cluster.api import Api, Object, name_of
from tests.cluster.clusters import Cluster
from tests.cluster.prerequisites import definitions, not_established
from tests.cluster.strict import refusals, scratch
from tests.cluster.waiting import eventually
from tools.operators.recipes import OPERATORS, Operator

import yaml

APPLY = "application/apply-patch+yaml"
LEVEL = "restricted"
INDEX = re.compile(r"\[\d+\]")
UNKNOWN_FIELD = re.compile(r'unknown field "([^"]+)"')


def apply(api: Api, objects: Iterable[Object]) -> None:
    """Have the objects as they are here, and the namespaces that they need."""
    listed = list(objects)
    places = {item["metadata"].get("namespace") for item in listed} - {None}
    for item in [*map(namespace, sorted(places)), *listed]:
        path = f"{api.path_of(item)}?fieldManager=tests&force=true"
        answer = api.send("PATCH", path, item, content=APPLY)
        assert answer.ok, f"{name_of(item)}: {answer.status} {answer.message}"


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def prepare(api: Api) -> None:
    """Define every pinned kind; those of an operator as its own release defines them."""
    built = [each for each in OPERATORS.values() if each.recipe.built() is not None]
    own = [definition for operator in built for definition in own_definitions(operator)]
    groups = {definition["spec"]["group"] for definition in own}
    others = [each for each in definitions() if each["spec"]["group"] not in groups]
    for item in [*own, *others, *scratch(LEVEL)]:
        resource = api.resource(item["apiVersion"], item["kind"])
        answer = api.send("POST", resource.path(item["metadata"].get("namespace")), item)
        assert answer.ok or answer.status == 409, f"{name_of(item)}: {answer.status} {answer.message}"
    eventually(lambda: not_established(api, [*own, *others]))


def own_definitions(operator: Operator) -> list[Object]:
    """The definitions of custom resources that an operator's release has. A server may have none."""
    file = operator.find("definitions.yaml")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    objects = [each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each]
    return [each for each in objects if each["kind"] == "CustomResourceDefinition"]


def unknown_fields(cluster: Cluster, objects: Iterable[Object]) -> tuple[list[str], list[str]]:
    """Sentences on the fields of ours that this release drops, and every other reason to refuse an object."""
    dropped: set[str] = set()
    others: list[str] = []
    for item in objects:
        for refusal in refusals(cluster.api, [item], minor=cluster.number):
            fields = UNKNOWN_FIELD.findall(refusal)
            dropped |= {
                f"{INDEX.sub('[]', field)} of {item['kind']}: this release has no such field" for field in fields
            }
            others += [] if fields else [refusal]
    return sorted(dropped), others
