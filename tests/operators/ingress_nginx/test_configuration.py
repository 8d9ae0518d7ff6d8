"""Nothing of an Ingress is left out of the configuration without a word."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from tests.cluster.api import Object
from tests.operators.ingress_nginx.cluster_objects import PREFIX, Ingresses
from tests.operators.ingress_nginx.configuration import configuration
from tests.operators.ingress_nginx.system import System

import pytest


def drawn(folder: Path) -> list[Object]:
    return System(namespace="leaving-drawn", folder=folder, users_key="auth", by_hand={"legacy"}).objects(
        IngressNginxGateway
    )


def configured(objects: list[Object], folder: Path) -> str:
    place = folder / "configured"
    place.mkdir(exist_ok=True)
    return configuration(Ingresses(objects=objects, folder=place), {"http": 80, "https": 443})


def annotated(objects: list[Object], name: str, value: str) -> list[Object]:
    [ingress] = [each for each in objects if each["kind"] == "Ingress" and each["metadata"]["name"] == "plain"]
    ingress["metadata"].setdefault("annotations", {})[name] = value
    return objects


def test_an_unknown_annotation_is_an_error(front: Path) -> None:
    objects = annotated(drawn(front), f"{PREFIX}mirror-target", "https://mirror.acme.io")
    with pytest.raises(ValueError, match="plain: no directive is known for mirror-target"):
        configured(objects, front)


def test_an_annotation_of_another_tool_changes_nothing(front: Path) -> None:
    objects = drawn(front)
    assert configured(objects, front) == configured(annotated(objects, "acme.io/owner", "web"), front)


def test_a_value_without_a_directive_is_an_error(front: Path) -> None:
    with pytest.raises(ValueError, match="plain: backend-protocol: GRPC has no directive here"):
        configured(annotated(drawn(front), f"{PREFIX}backend-protocol", "GRPC"), front)


def test_a_canary_without_a_path_is_an_error(front: Path) -> None:
    with pytest.raises(ValueError, match="canaries without a path"):
        configured(annotated(drawn(front), f"{PREFIX}canary", "true"), front)
