"""A custom resource is held against its pinned definition, strictly."""

from __future__ import annotations

import copy
from typing import Any

from tests.apps.schemas import CRDS, NEWEST, OLDEST, assert_valid, closed, mistakes

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml
from jsonschema import Draft4Validator

ROUTE: dict[str, Any] = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
    "spec": {
        "parentRefs": [{"name": "edge", "namespace": "gateways"}],
        "hostnames": ["shop.example.org"],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                "backendRefs": [{"name": "web", "port": 80, "weight": 90}],
                "timeouts": {"request": "2s"},
            }
        ],
    },
}


LEFT_OUT = object()
FIRST_RULE = ("spec", "rules", 0)


def changed(path: tuple[str | int, ...], value: object) -> list[dict[str, Any]]:
    """The route with another value at a path, or with what is there left out."""
    result = copy.deepcopy(ROUTE)
    holder: Any = result
    for step in path[:-1]:
        holder = holder[step]
    if value is LEFT_OUT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return [result]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_a_right_custom_resource_passes(version: str) -> None:
    assert_valid([ROUTE], version)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("spec", "hosts"), ["a"], r"HTTPRoute web: \$\.spec: .*'hosts' was unexpected"),
        (("data",), {}, r"HTTPRoute web: \$: .*'data' was unexpected"),
        (("status",), {}, r"HTTPRoute web: \$: .*'status' was unexpected"),
        ((*FIRST_RULE, "backendRefs", 0, "wieght"), 1, r"backendRefs\[0\]: .*'wieght' was unexpected"),
        (("spec", "parentRefs", 0, "name"), LEFT_OUT, r"parentRefs\[0\]: 'name' is a required property"),
        ((*FIRST_RULE, "matches", 0, "path", "type"), "Glob", r"path\.type: 'Glob' is not one of"),
        ((*FIRST_RULE, "timeouts", "request"), "2 s", r"timeouts\.request: '2 s' does not match"),
        (("spec", "hostnames", 0), "Shop", r"hostnames\[0\]: 'Shop' does not match"),
        ((*FIRST_RULE, "backendRefs", 0, "port"), "80", r"port: '80' is not of type 'integer'"),
        ((*FIRST_RULE, "backendRefs", 0, "port"), 0, r"port: 0 is less than the minimum"),
        (("spec", "hostnames"), None, r"hostnames: None is not of type 'array'"),
        (("apiVersion",), "gateway.networking.k8s.io/v2", r"has no HTTPRoute in gateway\.networking\.k8s\.io/v2"),
        (("kind",), "XRoute", r"has no XRoute in gateway\.networking\.k8s\.io/v1"),
    ],
)
def test_a_mistake_in_a_custom_resource_is_found(path: tuple[str | int, ...], value: object, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_valid(changed(path, value), OLDEST)


def test_a_wrong_field_in_the_metadata_of_a_custom_resource_is_found() -> None:
    with pytest.raises(kubernetes_validate.ValidationError, match="'label' was unexpected"):
        assert_valid(changed(("metadata", "label"), {}), OLDEST)


def test_a_kind_that_is_not_pinned_is_an_error() -> None:
    stranger: dict[str, Any] = {"apiVersion": "example.org/v1", "kind": "Gadget", "metadata": {"name": "one"}}

    with pytest.raises(kubernetes_validate.SchemaNotFoundError):
        assert_valid([stranger], OLDEST)


def test_an_open_part_takes_any_field() -> None:
    plugin: dict[str, Any] = {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongPlugin",
        "metadata": {"name": "limit"},
        "plugin": "rate-limiting",
        "config": {"minute": 100, "policy": "local"},
    }

    assert_valid([plugin], OLDEST)


def test_a_required_field_with_a_default_may_be_left_out() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "required": ["host", "port"],
        "properties": {"host": {"type": "string"}, "port": {"type": "integer", "default": 80}},
    }

    check = closed(schema)

    assert mistakes({"host": "a"}, check) == []
    assert mistakes({"port": 80}, check) == ["$: 'host' is a required property"]


def test_an_int_or_string_is_nothing_else() -> None:
    check = closed({"x-kubernetes-int-or-string": True})

    assert [not mistakes(value, check) for value in (1, "1", 1.5, None)] == [True, True, False, False]


def test_a_nullable_part_takes_null_and_no_unknown_field() -> None:
    check = closed({"type": "object", "nullable": True, "properties": {"a": {"type": "string"}}})

    assert [not mistakes(value, check) for value in ({"a": "x"}, None, {"b": "x"})] == [True, True, False]


def test_a_closed_part_without_fields_takes_none() -> None:
    check = closed({"type": "object"})

    assert [not mistakes(value, check) for value in ({}, {"a": 1})] == [True, False]


def test_every_pinned_schema_is_one_that_the_check_can_read() -> None:
    for file in CRDS.glob("*.yaml"):
        for definition in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            for version in definition["spec"]["versions"]:
                Draft4Validator.check_schema(
                    closed(version["schema"]["openAPIV3Schema"]), format_checker=Draft4Validator.FORMAT_CHECKER
                )
