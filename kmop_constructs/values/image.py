"""Container images: which one, from which registry, with which credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kmop_constructs.errors import bad
from kmop_constructs.values.names import Named, flag, name_of, one_of, several

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
    """``[registry/]repository[:tag][@sha256:digest]``. A tag can be moved, a digest cannot: prefer a digest."""

    registry: str | None = None
    """The registry, with an optional path, to pull from instead of the one in `reference`, for a mirror.
    Default: the reference as it stands."""

    pull_secrets: tuple[str | Named, ...] = ()
    """Names of Secrets of type ``kubernetes.io/dockerconfigjson`` in the pod's namespace. Default: none."""

    pull_policy: PullPolicy | None = None
    """When the node asks the registry. Default: ``Always`` for a tag, which can be moved; left out for a digest."""

    allow_latest: bool = False
    """Accept the tag ``latest``, or no tag. Default: refused, because nobody can tell what runs."""

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
                "Image", f"{what} does not say which image runs", reference, "name a version, or set allow_latest=True"
            )
        flag("Image.allow_latest", self.allow_latest)
        if self.registry is not None:
            registry("Image.registry", self.registry)
        if self.pull_policy is not None:
            one_of("Image.pull_policy", self.pull_policy, PullPolicy)
        secrets = several("Image.pull_secrets", self.pull_secrets)
        object.__setattr__(self, "pull_secrets", tuple(name_of("Image.pull_secrets", secret) for secret in secrets))

    @property
    def url(self) -> str:
        """What the container names: the reference, with the registry replaced where one is given."""
        if self.registry is None:
            return self.reference
        registry, path, _ = _split(self.reference.partition("@")[0])
        return f"{self.registry}/{path}{self.reference.removeprefix(f'{registry}/' if registry else '')[len(path) :]}"

    def url_from(self, mirrors: Mapping[str, str]) -> str:
        """The same, pulled from a mirror where the platform names one for its registry."""
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
        """The tag, if one is written."""
        return _split(self.reference.partition("@")[0])[2]

    @property
    def digest(self) -> str | None:
        """The digest, if one is written."""
        return self.reference.partition("@")[2] or None

    def __str__(self) -> str:
        return self.url


def registry(where: str, value: str) -> str:
    """A checked registry: a host, with a port and a path if need be."""
    first, *path = value.split("/") if isinstance(value, str) else ("",)
    if not _REGISTRY.fullmatch(first) or not all(map(_PATH.fullmatch, path)):
        raise bad(where, "not a registry", value, "write host[:port][/path], no scheme")
    return value


def _split(reference: str) -> tuple[str | None, str, str | None]:
    """Registry, repository path and tag. The first part is a registry where it looks like a host."""
    head, slash, tail = reference.partition("/")
    registry = head if slash and (any(c in head for c in ".:[") or head == "localhost") else None
    path = tail if registry else reference
    repository, colon, tag = path.rpartition(":")
    return (registry, repository, tag) if colon else (registry, path, None)
