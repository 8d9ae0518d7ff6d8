"""Objects that the API server or client-side ``kubectl apply`` refuses for their size."""

from __future__ import annotations

import base64
import json
from typing import Any

from kmop_constructs.checks.object_size import APPLY_RULE, RULE
from kmop_constructs.core.chart import KmopChart
from tests.checks.conftest import draw, errors, foreign, notices, thing

import pytest
from cdk8s import App, Chart

KIB = 1024


def config(size: int, letter: str = "x", **metadata: Any) -> dict[str, Any]:
    literal = thing("v1", "ConfigMap", "a", data={"text": letter * size})
    literal["metadata"] |= metadata
    return literal


def found(app: App) -> list[str]:
    return [each for each in errors(app) if each.endswith(f"[{RULE}]")]


def apply_notices(app: App) -> list[str]:
    return [each for each in notices(app) if each.endswith(f"[{APPLY_RULE}]")]


def test_annotations_over_256_kib_are_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, config(1, annotations={"note": "x" * 256 * KIB}))

    assert found(app) == [
        (
            "shop/configmap-a-0: ConfigMap shop/a: metadata.annotations are larger than 262,144 bytes, got 262,148; shorten them "
            "[object-size]"
        )
    ]


def test_annotations_of_256_kib_pass(app: App, shop: KmopChart) -> None:
    draw(shop, config(1, annotations={"note": "x" * (256 * KIB - 4)}))

    assert found(app) == []


def test_data_over_1_mib_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, config(1024 * KIB + 1))

    assert found(app) == [
        (
            "shop/configmap-a-0: ConfigMap shop/a: its data is larger than 1,048,576 bytes, got 1,048,577; split it into several "
            "objects, or mount a volume [object-size]"
        )
    ]


def test_characters_count_by_their_bytes(app: App, shop: KmopChart) -> None:
    draw(shop, config(600 * KIB, "é"))

    assert len(found(app)) == 1


def test_a_secret_counts_what_it_encodes(app: App, plain: Chart) -> None:
    fits = base64.b64encode(b"x" * 1024 * KIB).decode()
    foreign(plain, thing("v1", "Secret", "a", data={"key": fits}))

    assert found(app) == []


def test_a_secret_over_1_mib_is_an_error(app: App, plain: Chart) -> None:
    more = base64.b64encode(b"x" * (1024 * KIB + 1)).decode()
    foreign(plain, thing("v1", "Secret", "a", data={"key": more}))

    assert "its data is larger than 1,048,576 bytes, got 1,048,577" in found(app)[0]


def test_an_object_over_1_5_mib_is_an_error(app: App, plain: Chart) -> None:
    foreign(plain, thing("acme.io/v1", "Page", "home", {"text": "x" * 1536 * KIB}))

    (message,) = found(app)
    assert "Page shop/home: it is larger than 1,572,864 bytes" in message


@pytest.mark.parametrize("letter", ["x", "<"], ids=["plain", "escaped"])
def test_what_kubectl_apply_cannot_note_is_a_notice(app: App, plain: Chart, letter: str) -> None:
    """kubectl writes the whole object into an annotation, as JSON in which ``<`` has six characters."""
    foreign(plain, config(256 * KIB // len(json.dumps(letter).replace("<", "\\u003c").strip('"')), letter))

    assert found(app) == []
    (message,) = apply_notices(app)
    assert message.startswith(
        "plain/configmap-a-0: ConfigMap shop/a: client-side `kubectl apply` copies it into an annotation"
    )
    assert "apply it with `kubectl apply --server-side`" in message


def test_what_kubectl_apply_can_note_has_no_notice(app: App, plain: Chart) -> None:
    foreign(plain, config(255 * KIB))

    assert apply_notices(app) == []


def test_a_noted_object_does_not_count_twice(app: App, plain: Chart) -> None:
    """The annotation of an earlier apply is replaced."""
    noted = {"kubectl.kubernetes.io/last-applied-configuration": "x" * 150 * KIB}
    draw(KmopChart(app, "shop", namespace="shop"), config(150 * KIB, annotations=noted))

    assert apply_notices(app) == []
