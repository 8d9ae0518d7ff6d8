"""A published definition is pinned without its prose, and means what it meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from imports.vendor import CRDS, custom_resources, trimmed

import pytest
import yaml

SOURCE = "github.com/example/widgets v1.0.0 config/crd/widgets.yaml"


def published() -> dict[str, Any]:
    def schema(field: str) -> dict[str, Any]:
        described = {"type": "string", "description": "What it is.", "enum": ["a", "b"], "default": "a"}
        return {"openAPIV3Schema": {"type": "object", "description": "A widget.", "properties": {field: described}}}

    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "widgets.example.com",
            "creationTimestamp": None,
            "labels": {"app": "widgets"},
            "annotations": {"controller-gen.kubebuilder.io/version": "v0.17.0", "example.com/note": "x"},
        },
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [
                {
                    "additionalPrinterColumns": [{"name": "Age", "description": "How old.", "jsonPath": ".a"}],
                    "name": "v1",
                    "schema": schema("description"),
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                },
                {"name": "v1alpha1", "schema": schema("title"), "served": False, "storage": False},
            ],
        },
        "status": {"conditions": []},
    }


@pytest.fixture
def text() -> str:
    return trimmed(yaml.safe_dump(published()), SOURCE)


@pytest.fixture
def trim(text: str) -> dict[str, Any]:
    return yaml.safe_load(text)


def test_the_source_stands_above_the_definition(text: str) -> None:
    assert text.startswith(f"---\n# source: {SOURCE}\napiVersion: apiextensions.k8s.io/v1\n")


def test_prose_goes_and_a_field_of_that_name_stays(trim: dict[str, Any]) -> None:
    [version] = trim["spec"]["versions"]

    assert version["schema"]["openAPIV3Schema"] == {
        "type": "object",
        "properties": {"description": {"type": "string", "enum": ["a", "b"], "default": "a"}},
    }
    assert version["additionalPrinterColumns"] == [{"name": "Age", "jsonPath": ".a"}]


def test_a_version_that_is_not_served_goes(trim: dict[str, Any]) -> None:
    assert [version["name"] for version in trim["spec"]["versions"]] == ["v1"]


def test_labels_and_status_and_notes_of_others_go(trim: dict[str, Any]) -> None:
    assert sorted(trim) == ["apiVersion", "kind", "metadata", "spec"]
    assert trim["metadata"] == {
        "name": "widgets.example.com",
        "annotations": {"controller-gen.kubebuilder.io/version": "v0.17.0"},
    }


def test_what_is_trimmed_can_be_pinned(text: str) -> None:
    assert custom_resources(text, ["Widget"]) == ("example.com", text)


@pytest.mark.parametrize("file", sorted(CRDS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_readme_has_the_source_of_every_pinned_definition(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    rows = [line for line in (CRDS.parent / "README.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    sources = set(re.findall(r"^---\n# source: (\S+) (\S+) \S", text, re.MULTILINE))

    assert len(re.findall(r"^# source: ", text, re.MULTILINE)) == len(re.findall(r"^---$", text, re.MULTILINE))
    assert any(f"`{file.stem}`" in row for row in rows)
    assert [each for each in sources if not any(f"| {each[0]} | {each[1]}, `" in row for row in rows)] == []
