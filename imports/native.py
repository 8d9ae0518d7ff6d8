"""Native Kubernetes kinds: which ones get typings, and how their schema becomes flat definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
"""A JSON schema, or a part of one."""

Definitions = dict[str, Schema]
"""Flat schemas by class name: an object schema here refers to others by `$ref` and never nests one."""

SCHEMA_FILE = Path(__file__).parent / "schemas" / "kubernetes.json"
"""The pruned copy of the newest Kubernetes schema; `python -m imports.vendor kubernetes` writes it."""

KINDS = {
    "admissionregistration.k8s.io/v1": (
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
    "apiregistration.k8s.io/v1": ("APIService",),
    "apps/v1": ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "batch/v1": ("CronJob", "Job"),
    "certificates.k8s.io/v1": ("CertificateSigningRequest",),
    "discovery.k8s.io/v1": ("EndpointSlice",),
    "networking.k8s.io/v1": ("Ingress", "IngressClass", "NetworkPolicy"),
    "node.k8s.io/v1": ("RuntimeClass",),
    "policy/v1": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io/v1": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    "scheduling.k8s.io/v1": ("PriorityClass",),
    "storage.k8s.io/v1": ("CSIDriver", "StorageClass", "VolumeAttributesClass"),
    "v1": (
        "ConfigMap",
        "LimitRange",
        "Namespace",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
}
"""The kinds that people write in manifests, by apiVersion. Lists, reviews, events and what controllers write are left out."""

ALIASES: Definitions = {
    "IntOrString": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    "Quantity": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
}
"""Types that keep their Kubernetes name. A Quantity is no float: 0.1 has no exact form, "100m" has."""

_INLINE: Definitions = {
    "JSON": {},
    "JSONSchemaPropsOrArray": {},
    "JSONSchemaPropsOrBool": {},
    "JSONSchemaPropsOrStringArray": {},
    "MicroTime": {"type": "string"},
    "RawExtension": {"type": "object"},
    "Time": {"type": "string"},
}


def definitions() -> Definitions:
    """Return the flat definitions of every kind in `KINDS` and of what they refer to, by class name.

    A top-level kind requires `apiVersion`, `kind` and `metadata`, and `spec` if a spec without fields would be refused.
    Raises `KeyError` if the schema file lacks a kind.
    """
    source: Definitions = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["$defs"]
    names = class_names(list(source))
    result = dict(ALIASES)
    for key, schema in source.items():
        name = names[key]
        if name not in ALIASES and name not in _INLINE:
            result[name] = _object(schema, names, source)
    for api_version, kinds in KINDS.items():
        for kind in kinds:
            if result[kind]["properties"]["apiVersion"] != {"const": api_version}:
                raise KeyError(f"{SCHEMA_FILE.name}: no {api_version} {kind}")
    return result


def class_names(keys: list[str]) -> dict[str, str]:
    """Return the class name of each schema key: its last part, after the group where two groups use one name."""
    short = [key.rpartition(".")[2] for key in keys]
    names: dict[str, str] = {}
    for key, name in zip(keys, short, strict=True):
        group = key.split(".")[-3]
        names[key] = name if short.count(name) == 1 else group[:1].upper() + group[1:] + name
    return names


def _object(schema: Schema, names: dict[str, str], source: Definitions) -> Schema:
    required = set(schema.get("required", ()))
    properties = {name: _type(child, names) for name, child in schema.get("properties", {}).items()}
    if "x-kubernetes-group-version-kind" in schema:
        gvk = schema["x-kubernetes-group-version-kind"][0]
        api_version = f"{gvk['group']}/{gvk['version']}".lstrip("/")
        properties = {"apiVersion": {"const": api_version}, "kind": {"const": gvk["kind"]}, **properties}
        required |= {"apiVersion", "kind", "metadata"}
        spec = schema["properties"].get("spec", {})
        if "$ref" in spec and source[_key(spec)].get("required"):
            required.add("spec")
    return {"type": "object", "properties": properties, "required": sorted(required)}


def _type(schema: Schema, names: dict[str, str]) -> Schema:
    if "$ref" in schema:
        name = names[_key(schema)]
        return _INLINE.get(name, {"$ref": f"#/$defs/{name}"})
    result = dict(schema)
    for part in ("items", "additionalProperties"):
        if part in result:
            result[part] = _type(result[part], names)
    return result


def _key(schema: Schema) -> str:
    return str(schema["$ref"]).removeprefix("#/$defs/")
