"""Image references: what is asked is what the node pulls."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.image import Image

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

DIGEST = "sha256:" + "0123456789abcdef" * 4

hosts = st.sampled_from(
    ["ghcr.io", "localhost", "localhost:5000", "registry.acme.io:443", "10.0.0.1:5000", "[::1]:5000"]
)
words = st.from_regex(r"[a-z0-9]{1,6}([._-][a-z0-9]{1,3})?", fullmatch=True)
paths = st.lists(words, min_size=1, max_size=3).map("/".join)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True)


@given(st.none() | hosts, paths, st.none() | tags, st.booleans())
def test_a_reference_is_taken_apart_and_put_together_again(
    host: str | None, path: str, tag: str | None, digest: bool
) -> None:
    first = path.split("/", maxsplit=1)[0]
    assume(host is not None or "/" not in path or ("." not in first and first != "localhost"))
    reference = f"{host}/" if host else ""
    reference += path + (f":{tag}" if tag else "") + (f"@{DIGEST}" if digest else "")
    image = Image(reference, allow_latest=True)
    assert image.url == str(image) == reference
    assert image.tag == tag
    assert image.digest == (DIGEST if digest else None)
    moved = Image(reference, registry="mirror.acme.io/proxy", allow_latest=True)
    assert moved.url == "mirror.acme.io/proxy/" + reference.removeprefix(f"{host}/" if host else "")
    assert (moved.tag, moved.digest) == (image.tag, image.digest)


@given(hosts, paths, tags)
def test_a_mirror_replaces_only_the_registry(host: str, path: str, tag: str) -> None:
    image = Image(f"{host}/{path}:{tag}", allow_latest=True)
    assert image.url_from({host: "mirror.acme.io"}) == f"mirror.acme.io/{path}:{tag}"
    assert image.url_from({"other.io": "mirror.acme.io"}) == image.url


@pytest.mark.parametrize(
    ("reference", "pulled"),
    [
        ("nginx:1.27", "mirror.acme.io/library/nginx:1.27"),
        ("docker.io/nginx:1.27", "mirror.acme.io/library/nginx:1.27"),
        ("docker.io/library/nginx:1.27", "mirror.acme.io/library/nginx:1.27"),
        ("acme/web:1.27", "mirror.acme.io/acme/web:1.27"),
    ],
)
def test_a_mirror_of_docker_hub_serves_official_images_below_library(reference: str, pulled: str) -> None:
    assert Image(reference).url_from({"docker.io": "mirror.acme.io"}) == pulled


def test_a_registry_of_the_images_own_wins_over_the_platforms_mirror() -> None:
    image = Image("ghcr.io/acme/web:1", registry="harbor.acme.io")
    assert image.url_from({"ghcr.io": "mirror.acme.io", "harbor.acme.io": "other.io"}) == "harbor.acme.io/acme/web:1"


@pytest.mark.parametrize("reference", ["acme/web", "acme/web:latest", "localhost:5000/web", "web"])
def test_an_image_without_a_version_is_refused_by_default(reference: str) -> None:
    with pytest.raises(SpecError, match=r"^Image: .*, so the version that runs is unknown, got .*allow_latest=True"):
        Image(reference)
    assert Image(reference, allow_latest=True).url == reference


def test_a_digest_overrides_the_tag() -> None:
    assert Image(f"acme/web:latest@{DIGEST}").digest == DIGEST
    assert Image(f"acme/web@{DIGEST}").tag is None


@pytest.mark.parametrize(
    "reference",
    [
        "",
        " ",
        ":1",
        "acme/web:",
        "acme/web:1:2",
        "Acme/web:1",
        "acme//web:1",
        "/web:1",
        "acme/web:1 ",
        "https://ghcr.io/acme/web:1",
        "acme/web:-1",
        "acme/web:" + "a" * 129,
        "acme/web@sha256:abc",
        "acme/web@sha512:" + "0" * 128,
        "acme/web@",
        f"@{DIGEST}",
        f"acme/web@{DIGEST.upper()}",
        "acme/web:1\n",
        "ghcr.io:x/acme/web:1",
    ],
)
def test_what_no_node_could_pull_is_refused(reference: str) -> None:
    with pytest.raises(SpecError, match=r"^Image: not .*, got .*; "):
        Image(reference)


@pytest.mark.parametrize("registry", ["https://mirror.acme.io", "mirror.acme.io/", "", "a b", "mirror.acme.io/Proxy"])
def test_what_is_no_registry_is_refused(registry: str) -> None:
    with pytest.raises(
        SpecError, match=r"^Image.registry: not a registry, got .*; write host\[:port\]\[/path\] without a scheme"
    ):
        Image("acme/web:1", registry=registry)


def test_the_name_of_one_pull_secret_is_not_taken_letter_by_letter() -> None:
    with pytest.raises(
        SpecError, match=r"Image.pull_secrets: a single value instead of a list, got text that is not shown"
    ):
        Image("acme/web:1", pull_secrets=cast(Any, "regcred"))
    assert Image("acme/web:1", pull_secrets=("regcred",)).pull_secrets == ("regcred",)


def test_a_pull_policy_that_kubernetes_does_not_know_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"Image.pull_policy: .*, got 'always'; use 'Always' or 'IfNotPresent' or 'Never'"
    ):
        Image("acme/web:1", pull_policy=cast(Any, "always"))
