"""The EtcdCluster of a store, and the objects beside it that the operator does not make.

What the operator makes of it is in internal/controller/utils.go of etcd-operator 0.2.0: a StatefulSet and a headless Service of the
same name, whose pods have the labels ``app`` and ``controller``, and listen on the ports 2379 and 2380 without TLS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs.components.data.own_traffic import OwnTraffic, of_operator, tcp
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import EtcdSpec, Provision
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s, operator_etcd_io
    from kmop_constructs.values.image import Image

__all__ = ["CLIENT_PORT", "budget", "etcd_cluster", "members", "own_traffic"]

CLIENT_PORT, PEER_PORT = 2379, 2380
OPERATOR = {"control-plane": "controller-manager"}
"""Labels of the operator's pods (config/manager/manager.yaml)."""

PLACE = "etcd-operator-system"
"""Namespace in which the operator's own manifests install it (config/default/kustomization.yaml)."""

_FLAG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
# defaultArgs and newEtcdClusterState: what the operator connects to, and flags of TLS, whose files are in no container
_FIXED = re.compile(
    r"name|data-dir|(initial-)?advertise-.*|listen-.*|initial-cluster.*|.*cert-file|.*key-file|.*trusted-ca-file|.*cert-auth|"
    r".*auto-tls|.*-allowed-hostname|.*-allowed-cn|discovery.*|force-new-cluster|unsafe-no-fsync|config-file|quota-backend-bytes"
)


def members(name: str) -> dict[str, str]:
    """Return the labels of the members of a cluster."""
    return {"app": name, "controller": name}


def etcd_cluster(
    subject: Subject, spec: EtcdSpec, provision: Provision, *, instances: int, image: Image, quota: int
) -> operator_etcd_io.EtcdCluster:
    """Return the cluster. Its size may change later: the operator adds and removes one member after the other."""
    if provision.storage is None:
        raise SpecError(f"{subject.path}: provision.storage: not set, and without a claim a member loses its data with its pod; set it in "
                        "the spec (provision=Provision(storage=Size.gib(8))), or for the platform: EtcdOperator(provision=…)")  # fmt: skip
    storage: operator_etcd_io.EtcdClusterStorageSpec = {
        "accessModes": "ReadWriteOnce",
        "volumeSizeRequest": str(provision.storage),
    }
    if provision.storage_class is not None:
        storage["storageClassName"] = provision.storage_class
    registry, _, tag = image.url_from(subject.cluster.registries).rpartition(":")
    if not registry or "/" in tag or "@" in registry:
        what = "not a repository with a tag, of which the operator makes the name of the image"
        raise bad(
            f"{subject.path}: images", what, image.reference, "write Image('gcr.io/etcd-development/etcd:v3.6.7')"
        )
    return {
        "apiVersion": "operator.etcd.io/v1alpha1",
        "kind": "EtcdCluster",
        "metadata": {"name": subject.name, "labels": dict(subject.labels)},
        "spec": {
            "size": instances,
            "version": tag,
            "imageRegistry": registry,
            "storageSpec": storage,
            "etcdOptions": _options(subject, spec, quota),
        },
    }


def _options(subject: Subject, spec: EtcdSpec, quota: int) -> list[str]:
    """Return the flags, those of the spec over ours."""
    where = f"{subject.path}: settings"
    for name in spec.settings:
        if not _FLAG.fullmatch(name):
            rule = "write it without the dashes in front: 'auto-compaction-retention'"
            raise bad(where, "not the name of a flag", name, rule)
        if _FIXED.fullmatch(name):
            raise bad(where, "set by etcd-operator, or by the library from other fields", name, "remove it")
    # https://etcd.io/docs/v3.6/op-guide/maintenance/#auto-compaction
    ours = {"auto-compaction-mode": "periodic", "auto-compaction-retention": "1h", "quota-backend-bytes": str(quota)}
    return [f"--{name}={value}" for name, value in {**ours, **spec.settings}.items()]


def budget(subject: Subject) -> k8s.PodDisruptionBudget:
    """Return the budget of the members, for which the operator makes none."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": subject.name, "labels": dict(subject.labels)},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": members(subject.name)}},
    }


def own_traffic(subject: Subject) -> OwnTraffic:
    """Return the traffic of the members: the operator reaches them (2379), and they each other (2379, 2380)."""
    operator = of_operator(subject, "etcd-operator", OPERATOR, PLACE)
    mine = Pods(labels=members(subject.name))
    among = tcp(mine, CLIENT_PORT, PEER_PORT)
    return OwnTraffic(
        subject=subject,
        name=f"{subject.name}-own",
        pods={"matchLabels": dict(mine.labels)},
        accepts=(tcp(operator, CLIENT_PORT), among),
        calls=(among,),
    )
