"""Container images: reference, registry and pull secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import Named, flag, one_of, secret_name_of, several

__all__ = ["Image", "registry"]

PullPolicy: TypeAlias = Literal["Always", "IfNotPresent", "Never"]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PATH = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")
_REGISTRY = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A container image by tag, by digest, or both: ``Image("ghcr.io/acme/orders:1.4.2")``."""

    reference: str = field(kw_only=False)
    """``[registry/]repository[:tag][@sha256:digest]``. Prefer a digest: a tag can be moved to another image."""

    registry: str | None = None
    """Registry (a mirror) to pull from instead of the registry in `reference`; a path may follow. Default: the registry
    in `reference`, or its mirror in `Cluster.registries`."""

    pull_secrets: tuple[str | Named, ...] = ()
    """Names of Secrets of type ``kubernetes.io/dockerconfigjson`` in the pod's namespace, used to pull the image.
    Default: none."""

    pull_policy: PullPolicy | None = None
    """``imagePullPolicy``: when the node contacts the registry. Default: ``Always`` for a tag, because a tag can be
    moved; not set for a digest."""

    allow_latest: bool = False
    """Accept the tag ``latest``, or no tag. Default: false, an error, because the version that runs would be unknown."""

    def __post_init__(self) -> None:
        reference = self.reference
        if not isinstance(reference, str) or not reference.strip():
            raise bad("Image", "not an image reference", reference, "write registry/repository:tag")
        rest, at, digest = reference.partition("@")
        if at and not _DIGEST.fullmatch(digest):
            raise bad("Image", "not a digest", reference, "write @sha256: and 64 hexadecimal digits")
        host, path, tag = _split(rest)
        if (host and not _REGISTRY.fullmatch(host)) or not all(map(_PATH.fullmatch, path.split("/"))):
            raise bad("Image", "not an image reference", reference, "write registry/repository:tag in lower case")
        if tag is not None and not _TAG.fullmatch(tag):
            raise bad("Image", "not a tag", reference, "use letters, digits, '_', '.' and '-'")
        if not at and tag in (None, "latest") and not self.allow_latest:
            what = "the tag 'latest'" if tag else "no tag"
            raise bad(
                "Image",
                f"{what}, so the version that runs is unknown",
                reference,
                "name a version, or set allow_latest=True",
            )
        flag("Image.allow_latest", self.allow_latest)
        if self.registry is not None:
            registry("Image.registry", self.registry)
        if self.pull_policy is not None:
            one_of("Image.pull_policy", self.pull_policy, PullPolicy)
        secrets = several("Image.pull_secrets", self.pull_secrets, secret=True)
        object.__setattr__(
            self, "pull_secrets", tuple(secret_name_of("Image.pull_secrets", secret) for secret in secrets)
        )

    @property
    def url(self) -> str:
        """Image reference of the container: `reference`, with its registry replaced if `registry` is set."""
        if self.registry is None:
            return self.reference
        registry, path, _ = _split(self.reference.partition("@")[0])
        return f"{self.registry}/{path}{self.reference.removeprefix(f'{registry}/' if registry else '')[len(path) :]}"

    def url_from(self, mirrors: Mapping[str, str]) -> str:
        """Return the image reference, pulled from a mirror if `mirrors` has one for the image's registry."""
        if self.registry is not None or not mirrors:
            return self.url
        registry, path, _ = _split(self.reference.partition("@")[0])
        mirror = mirrors.get(registry or "docker.io")
        if mirror is None:
            return self.url
        official = "library/" if registry in (None, "docker.io") and "/" not in path else ""
        rest = self.reference.removeprefix(f"{registry}/" if registry else "")
        return f"{mirror}/{official}{rest}"

    @property
    def tag(self) -> str | None:
        """Tag of the image. ``None`` if `reference` has no tag."""
        return _split(self.reference.partition("@")[0])[2]

    @property
    def digest(self) -> str | None:
        """Digest of the image. ``None`` if `reference` has no digest."""
        return self.reference.partition("@")[2] or None

    def __str__(self) -> str:
        return self.url


def registry(where: str, value: str) -> str:
    """Check a registry: a host, optionally followed by a port and a path."""
    first, *path = value.split("/") if isinstance(value, str) else ("",)
    if not _REGISTRY.fullmatch(first) or not all(map(_PATH.fullmatch, path)):
        raise bad(where, "not a registry", value, "write host[:port][/path] without a scheme")
    return value


def _split(reference: str) -> tuple[str | None, str, str | None]:
    """Split a reference into registry, repository path and tag. The first part is a registry if it looks like a host."""
    head, slash, tail = reference.partition("/")
    registry = head if slash and (any(c in head for c in ".:[") or head == "localhost") else None
    path = tail if registry else reference
    repository, colon, tag = path.rpartition(":")
    return (registry, repository, tag) if colon else (registry, path, None)
