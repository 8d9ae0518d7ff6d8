"""Containers: image, environment and resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, ContainerField, PodField, SecretKey
from kmop_constructs.values.resources import GUESSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.cluster import Cluster
    from kmop_constructs.values.container import ContainerSpec
    from kmop_constructs.values.env import EnvFrom, EnvValue
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.resources import Resources

__all__ = ["container", "env_from", "env_vars"]

_HOST_IPS_SINCE = 29
"""``status.hostIPs`` is on by default since Kubernetes 1.29 (KEP-2681)."""


def container(name: str, spec: ContainerSpec, cluster: Cluster) -> k8s.Container:
    """Return the fields of any container: image, command and resources."""
    drawn: k8s.Container = {"name": name, "image": spec.image.url_from(cluster.registries)}
    policy = pull_policy(spec.image)
    if policy is not None:
        drawn["imagePullPolicy"] = policy
    if spec.command:
        drawn["command"] = list(spec.command)
    if spec.args:
        drawn["args"] = list(spec.args)
    if spec.working_dir is not None:
        drawn["workingDir"] = spec.working_dir
    drawn["resources"] = resources(spec.resources or GUESSED)
    return drawn


def pull_policy(image: Image) -> str | None:
    """Return ``Always`` for an image that can be moved, else the policy of the image."""
    return image.pull_policy or (None if image.digest else "Always")


def resources(wanted: Resources) -> k8s.ResourceRequirements:
    """Return requests and limits."""
    requests = {"cpu": wanted.cpu, "memory": wanted.memory, "ephemeral-storage": wanted.ephemeral_storage}
    limits = {
        "cpu": wanted.cpu_limit,
        "memory": wanted.effective_memory_limit,
        "ephemeral-storage": wanted.ephemeral_storage_limit,
    }
    drawn: k8s.ResourceRequirements = {}
    if any(value is not None for value in requests.values()):
        drawn["requests"] = {name: str(value) for name, value in requests.items() if value is not None}
    if any(value is not None for value in limits.values()):
        drawn["limits"] = {name: str(value) for name, value in limits.items() if value is not None}
    return drawn


def env_from(sources: Sequence[EnvFrom]) -> list[k8s.EnvFromSource]:
    """Return ConfigMaps and Secrets as variables, in the given order. If two have a key, the later one is used."""
    drawn: list[k8s.EnvFromSource] = []
    for source in sources:
        item: k8s.EnvFromSource = {}
        if source.prefix:
            item["prefix"] = source.prefix
        if isinstance(source, ConfigMapEnv):
            item["configMapRef"] = {"name": source.name, "optional": True} if source.optional else {"name": source.name}
        else:
            item["secretRef"] = {"name": source.name, "optional": True} if source.optional else {"name": source.name}
        drawn.append(item)
    return drawn


def env_vars(facts: ServiceFacts, variables: Mapping[str, EnvValue]) -> list[k8s.EnvVar]:
    """Return variables in their order, on which ``$(NAME)`` depends."""
    for name, value in variables.items():
        if (
            isinstance(value, PodField)
            and value.path == "status.hostIPs"
            and not facts.cluster.at_least(_HOST_IPS_SINCE)
        ):
            raise UnsupportedError(f"{facts.path}: env[{name!r}]: Kubernetes {facts.cluster.version} has no status.hostIPs; "
                                   "use status.hostIP, or Kubernetes 1.29 or newer")  # fmt: skip
    return [_variable(name, value) for name, value in variables.items()]


def _variable(name: str, value: EnvValue) -> k8s.EnvVar:
    match value:
        case str():
            return {"name": name, "value": value}
        case SecretKey():
            key: k8s.SecretKeySelector = {"name": value.name, "key": value.key}
            if value.optional:
                key["optional"] = True
            return {"name": name, "valueFrom": {"secretKeyRef": key}}
        case ConfigKey():
            item: k8s.ConfigMapKeySelector = {"name": value.name, "key": value.key}
            if value.optional:
                item["optional"] = True
            return {"name": name, "valueFrom": {"configMapKeyRef": item}}
        case PodField():
            return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": value.path}}}
        case ContainerField():
            ref: k8s.ResourceFieldSelector = {"resource": value.resource}
            if value.container is not None:
                ref["containerName"] = value.container
            if value.divisor is not None:
                ref["divisor"] = str(value.divisor)
            return {"name": name, "valueFrom": {"resourceFieldRef": ref}}
