"""Where images come from."""

import json
from typing import Any

from kmop_constructs import Image, InlineSecret, KmopChart, Microservice, Platform, ServiceSpec, SpecError
from kmop_constructs.providers.native import NativePullSecret
from kmop_constructs.testing import synthesize

import pytest

DIGEST = "sha256:" + "a" * 64


def pod(chart: KmopChart, image: Image, **platform: Any) -> dict[str, Any]:
    service = Microservice(chart, "web", ServiceSpec(image=image, port=8080), platform=Platform(**platform))
    return synthesize(service).one("Deployment")["spec"]["template"]["spec"]


def test_a_tag_is_pulled_always_because_it_can_be_moved(chart: KmopChart) -> None:
    assert pod(chart, Image("acme/web:1"))["containers"][0]["imagePullPolicy"] == "Always"


def test_a_digest_leaves_the_policy_out_because_it_cannot(chart: KmopChart) -> None:
    container = pod(chart, Image(f"acme/web@{DIGEST}"))["containers"][0]
    assert container["image"] == f"acme/web@{DIGEST}"
    assert "imagePullPolicy" not in container


@pytest.mark.parametrize(
    ("reference", "pulled"),
    [
        ("nginx:1.27", "mirror.acme.io/hub/library/nginx:1.27"),
        ("acme/web:1", "mirror.acme.io/hub/acme/web:1"),
        ("ghcr.io/acme/web:1", "mirror.acme.io/ghcr/acme/web:1"),
        ("quay.io/acme/web:1", "quay.io/acme/web:1"),
    ],
)
def test_the_platform_names_mirrors(chart: KmopChart, reference: str, pulled: str) -> None:
    registries = {"docker.io": "mirror.acme.io/hub", "ghcr.io": "mirror.acme.io/ghcr"}
    assert pod(chart, Image(reference), registries=registries)["containers"][0]["image"] == pulled


def test_pull_secrets_of_image_and_platform_add_up(chart: KmopChart) -> None:
    secrets = pod(chart, Image("acme/web:1", pull_secrets=("own",)), pull_secrets=("all",))["imagePullSecrets"]
    assert secrets == [{"name": "all"}, {"name": "own"}]


def test_a_pull_secret_holds_the_credentials_of_its_registry(chart: KmopChart) -> None:
    secret = NativePullSecret(chart, "ghcr", registry="ghcr.io", username="bot", password=InlineSecret("hunter2"))
    drawn = synthesize(secret).one("Secret")
    auths = json.loads(drawn["stringData"][".dockerconfigjson"])["auths"]
    assert drawn["type"] == "kubernetes.io/dockerconfigjson"
    assert auths["ghcr.io"]["username"] == "bot"
    assert pod(chart, Image("ghcr.io/acme/web:1", pull_secrets=(secret,)))["imagePullSecrets"] == [{"name": "ghcr"}]


@pytest.mark.parametrize("reference", ["acme/web", "acme/web:latest"])
def test_a_reference_without_a_version_is_refused(reference: str) -> None:
    with pytest.raises(SpecError, match=", so the version that runs is unknown.*set allow_latest=True"):
        Image(reference)


def test_latest_can_be_allowed_by_name(chart: KmopChart) -> None:
    assert pod(chart, Image("acme/web:latest", allow_latest=True))["containers"][0]["image"] == "acme/web:latest"
