"""Identities of a cloud: the protocol of a provider, what it grants, and names made of patterns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import Connection
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.values.cloud_identity import CloudIdentity
from kmop_constructs.values.env import EnvValue
from kmop_constructs.values.names import annotation_map, frozen, made_by, several, text, texts

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["PATTERN_FIELDS", "POD_ANNOTATION", "CloudAccess", "Granted", "IdentityProvider", "name_by_pattern"]

PATTERN_FIELDS = ("name", "namespace", "environment", "region", "cluster")
"""Fields of the pattern of a name."""

POD_ANNOTATION = "kmop-constructs/cloud-identity"
"""Annotation of pods with their identity, for clouds that read the account when a pod is created: a new identity then
replaces the pods."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """What a provider of identities adds to a workload, so that its pods act as an identity of the cloud."""

    identity: str
    """The identity as its cloud names it, such as the ARN of a role. Two workloads with equal texts have one identity."""

    account_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the ServiceAccount. Default: none."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods. Default: none."""

    pod_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the pods. Default: none."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables of the app's container. Default: none."""

    connections: tuple[Connection, ...] = ()
    """Connections that the pods need to get credentials. Default: none."""

    overridden_by: tuple[str, ...] = ()
    """Variables of a container with which the software uses other credentials than those of the identity. A container with
    one of them is the finding ``identity-overridden``. Default: none."""

    def __post_init__(self) -> None:
        text("Granted.identity", self.identity)
        annotations = annotation_map("Granted.account_annotations", self.account_annotations)
        object.__setattr__(self, "account_annotations", frozen(dict(sorted(annotations.items()))))
        object.__setattr__(self, "connections", several("Granted.connections", self.connections))
        object.__setattr__(self, "overridden_by", texts("Granted.overridden_by", self.overridden_by))
        made = self.contribution("Granted")  # checks the other fields
        for name in ("pod_labels", "pod_annotations", "env"):
            object.__setattr__(self, name, getattr(made, name))

    def contribution(self, source: str) -> Contribution:
        """Return what the pods get, as the contribution of an edge named `source`."""
        return Contribution(
            source=source,
            env=self.env,
            connections=self.connections,
            pod_labels=self.pod_labels,
            pod_annotations=self.pod_annotations,
        )


class IdentityProvider(Protocol):
    """A value of the platform that gives workloads an identity of their cloud, such as `AwsPodIdentity`.

    `grant` is pure: it is called while a workload is planned, before anything is drawn.
    """

    def grant(self, *, service: ServiceFacts, intent: CloudIdentity) -> Granted:
        """Return what the workload gets. Raises `UnsupportedError` or `SpecError` if it cannot have the identity."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudAccess:
    """Fact of a workload that has an identity of its cloud."""

    facts: ServiceFacts
    """Names and labels of the workload."""

    intent: CloudIdentity
    """The identity as the spec names it."""

    granted: Granted
    """What the provider of the platform added."""

    by_operator: bool = False
    """Whether an operator creates the account with its annotations. Default: False, an object of the app has them."""

    def __post_init__(self) -> None:
        made_by("CloudAccess.granted", self.granted, Granted)


def name_by_pattern(pattern: str, *, service: ServiceFacts, intent: CloudIdentity) -> str:
    """Return the name of an identity by a pattern with the fields `PATTERN_FIELDS`.

    ``{name}`` is the name of the `CloudIdentity`, else that of the workload. Raises `SpecError` for a field without a value.
    """
    named = {"name": intent.name or service.name, "namespace": service.namespace}
    return fill_placeholders(f"{service.path}: cloud_identity", pattern, service.cluster, named)
