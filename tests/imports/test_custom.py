"""The schemas of custom resources become typings that say what an author may write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imports import custom, native
from imports.generate import modules
from imports.vendor import custom_resources

import pytest
import yaml

STRING = {"type": "string"}


def write(folder: Path, spec: dict[str, Any], kind: str = "Widget", group: str = "example.com") -> Path:
    schema = {
        "type": "object",
        "properties": {"metadata": {"type": "object"}, "spec": spec, "status": {"type": "object"}},
    }
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": group,
            "names": {"kind": kind},
            "versions": [
                {"name": "v2", "served": False, "schema": {"openAPIV3Schema": {"type": "object"}}},
                {"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}},
                {"name": "v1beta1", "served": True, "schema": {"openAPIV3Schema": {"type": "object"}}},
            ],
        },
    }
    file = folder / "example.com.yaml"
    with file.open("a", encoding="utf-8") as stream:
        stream.write("---\n" + yaml.safe_dump(definition))
    return file


def definitions(file: Path) -> native.Definitions:
    return custom.definitions(file, native.definitions())


def test_a_kind_has_its_first_served_version_and_no_status(tmp_path: Path) -> None:
    widget = definitions(write(tmp_path, {"type": "object", "properties": {"a": STRING}}))["Widget"]

    assert widget["properties"]["apiVersion"] == {"const": "example.com/v1"}
    assert sorted(widget["properties"]) == ["apiVersion", "kind", "metadata", "spec"]


def test_a_required_field_with_a_default_may_be_left_out(tmp_path: Path) -> None:
    properties = {"host": STRING, "port": {"type": "integer", "default": 80}}

    spec = definitions(write(tmp_path, {"type": "object", "properties": properties, "required": ["host", "port"]}))[
        "WidgetSpec"
    ]

    assert spec["required"] == ["host"]


def test_a_part_is_named_by_kind_and_path(tmp_path: Path) -> None:
    rule = {"type": "object", "properties": {"match": {"type": "object", "properties": {"path": STRING}}}}

    names = definitions(write(tmp_path, {"type": "object", "properties": {"rules": {"type": "array", "items": rule}}}))

    assert sorted(names) == ["Widget", "WidgetRule", "WidgetRuleMatch", "WidgetSpec"]


@pytest.mark.parametrize(
    ("field", "name"),
    [("rules", "Rule"), ("matches", "Match"), ("tls", "Tls"), ("statuses", "Status"), ("policies", "Policy")],
)
def test_one_of_many_is_named_in_the_singular(tmp_path: Path, field: str, name: str) -> None:
    items = {"type": "array", "items": {"type": "object", "properties": {"a": STRING}}}

    names = definitions(write(tmp_path, {"type": "object", "properties": {field: items}}))

    assert f"Widget{name}" in names


def test_parts_of_one_shape_share_a_class(tmp_path: Path) -> None:
    part = {"type": "object", "properties": {"secret": STRING}}
    properties = {"deep": {"type": "object", "properties": {"user": part}}, "password": part}

    names = definitions(write(tmp_path, {"type": "object", "properties": properties}))

    assert names["WidgetDeep"]["properties"]["user"] == names["WidgetSpec"]["properties"]["password"]


def test_a_part_never_takes_the_name_of_another_kind(tmp_path: Path) -> None:
    write(tmp_path, {"type": "object", "properties": {"part": {"type": "object", "properties": {"a": STRING}}}})

    names = definitions(write(tmp_path, {"type": "object", "properties": {"b": STRING}}, kind="WidgetPart"))

    assert names["WidgetPart"]["properties"]["kind"] == {"const": "WidgetPart"}
    assert names["WidgetSpec"]["properties"]["part"] == {"$ref": "#/$defs/WidgetSpecPart"}


def test_a_copied_pod_type_is_the_native_one(tmp_path: Path) -> None:
    toleration = {
        "type": "object",
        "properties": {"key": STRING, "operator": STRING, "value": STRING, "effect": STRING},
    }

    spec = definitions(
        write(tmp_path, {"type": "object", "properties": {"tolerations": {"type": "array", "items": toleration}}})
    )

    assert spec["WidgetSpec"]["properties"]["tolerations"]["items"] == {"$ref": "k8s.json#/$defs/Toleration"}


def test_a_type_with_a_field_of_its_own_is_not_the_native_one(tmp_path: Path) -> None:
    toleration = {
        "type": "object",
        "properties": {"key": STRING, "operator": STRING, "value": STRING, "colour": STRING},
    }

    spec = definitions(
        write(tmp_path, {"type": "object", "properties": {"tolerations": {"type": "array", "items": toleration}}})
    )

    assert spec["WidgetSpec"]["properties"]["tolerations"]["items"] == {"$ref": "#/$defs/WidgetToleration"}


def test_a_group_becomes_a_module(tmp_path: Path) -> None:
    properties = {
        "mode": {"type": "string", "enum": ["On", "Off"]},
        "target": {"x-kubernetes-int-or-string": True},
        "note": {"type": "string", "nullable": True},
        "limits": {"type": "object", "additionalProperties": STRING},
        "anything": {"x-kubernetes-preserve-unknown-fields": True},
        "list": {"type": "array", "items": STRING},
        "from": STRING,
    }

    text = modules(write(tmp_path, {"type": "object", "properties": properties}).parent)["example_com.py"]

    assert (
        'WidgetSpec = TypedDict(\n    "WidgetSpec",\n    {\n        "anything": Any,\n        "from": str,\n'
        '        "limits": Mapping[str, str],\n        "list": list[str],\n        "mode": Literal["On", "Off"],\n'
        '        "note": str | None,\n        "target": int | str,\n    },\n    total=False,\n)\n'
    ) in text


def test_a_field_named_like_a_builtin_hides_it_from_no_other(tmp_path: Path) -> None:
    properties = {"list": {"type": "array", "items": STRING}, "names": {"type": "array", "items": STRING}}

    text = modules(write(tmp_path, {"type": "object", "properties": properties}).parent)["example_com.py"]

    assert '    {\n        "list": list[str],\n        "names": list[str],\n    },\n' in text


def test_a_definition_of_another_group_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, {"type": "object"}, group="other.org")

    with pytest.raises(ValueError, match=r"example\.com\.yaml: .* got other\.org; move the definition"):
        definitions(file)


def test_only_the_named_kinds_are_copied(tmp_path: Path) -> None:
    write(tmp_path, {"type": "object"})
    text = write(tmp_path, {"type": "object"}, kind="Gadget").read_text(encoding="utf-8")

    group, copied = custom_resources(text, ["Gadget"])

    assert group == "example.com"
    assert [document["spec"]["names"]["kind"] for document in yaml.safe_load_all(copied)] == ["Gadget"]


def test_a_kind_that_the_file_lacks_is_refused(tmp_path: Path) -> None:
    text = write(tmp_path, {"type": "object"}).read_text(encoding="utf-8")

    with pytest.raises(ValueError, match=r"got \['Gadget'\]"):
        custom_resources(text, ["Gadget", "Widget"])
