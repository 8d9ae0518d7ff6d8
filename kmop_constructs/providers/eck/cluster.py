"""The Elasticsearch of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.pod.containers import resources
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.eck.names import NODES

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import Provision
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import elasticsearch_k8s_elastic_co as eck
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.resources import Resources

__all__ = ["Wanted", "elasticsearch"]

_JVM = "-Xlog:disable -Xlog:all=warning:stderr:utctime,level,tags -Xlog:gc=info:stderr:utctime"
"""Logs of the garbage collector go to the log of the container. By default they are files of up to 2 GB, more than the local disk
that a pod of this library may use (https://www.elastic.co/docs/reference/elasticsearch/jvm-settings#gc-logging)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Everything that an Elasticsearch is drawn from."""

    subject: Subject
    version: str
    provision: Provision
    instances: int
    resources: Resources
    image: Image
    auth: eck.ElasticsearchAuth
    settings: Mapping[str, object]
    secure: Sequence[eck.ElasticsearchSecureSetting]
    zones: bool
    """Whether nodes and copies of data are spread over zones."""
    enterprise: bool
    """Whether the operator must have an Enterprise licence."""


def elasticsearch(wanted: Wanted) -> eck.Elasticsearch:
    """Return the Elasticsearch.

    The operator itself draws the disruption budget, which lets one node go while all copies are there
    (https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/pod-disruption-budget), prefers nodes of Kubernetes without a node
    of the same cluster, and takes root, capabilities and a writable file system from the containers.
    """
    nodes: eck.ElasticsearchNodeSet = {
        "name": NODES,
        "count": wanted.instances,
        "config": dict(wanted.settings),
        "podTemplate": {"spec": _pod(wanted)},
        "volumeClaimTemplates": [_claim(wanted)],
    }
    if wanted.zones and wanted.instances > 1:
        nodes["zoneAwareness"] = {}
    spec: eck.ElasticsearchSpec = {
        "version": wanted.version,
        "image": wanted.image.url_from(wanted.subject.cluster.registries),
        "auth": wanted.auth,
        "nodeSets": [nodes],
        "updateStrategy": {"changeBudget": {"maxUnavailable": 1, "maxSurge": 1}},
        "volumeClaimDeletePolicy": "DeleteOnScaledownOnly",
    }
    if wanted.secure:
        spec["secureSettings"] = list(wanted.secure)
    metadata: k8s.ObjectMeta = {"name": wanted.subject.name, "labels": dict(wanted.subject.labels)}
    if wanted.enterprise:
        # Without the licence the webhook refuses the object, in place of a policy that does nothing.
        metadata["annotations"] = {"eck.k8s.elastic.co/license": "enterprise"}
    return {
        "apiVersion": "elasticsearch.k8s.elastic.co/v1",
        "kind": "Elasticsearch",
        "metadata": metadata,
        "spec": spec,
    }


def _pod(wanted: Wanted) -> k8s.PodSpec:
    """Return what the pods have beside the operator's own form of them."""
    where = f"{wanted.subject.path}: provision.resources"
    if wanted.resources.effective_memory_limit is None:
        raise bad(where, "no memory limit, from which Elasticsearch takes the size of its heap", "none",
                  "write Resources.of('1', '4Gi')")  # fmt: skip
    pod: k8s.PodSpec = {
        "enableServiceLinks": False,
        "containers": [
            {
                "name": "elasticsearch",
                "env": [{"name": "ES_JAVA_OPTS", "value": _JVM}],
                "resources": resources(wanted.resources),
            }
        ],
    }
    if wanted.subject.cluster.pull_secrets:
        pod["imagePullSecrets"] = [{"name": each} for each in wanted.subject.cluster.pull_secrets]
    return pod


def _claim(wanted: Wanted) -> Mapping[str, Any]:
    storage = wanted.provision.storage
    if storage is None:
        raise SpecError(f"{wanted.subject.path}: provision.storage: not set, and every node keeps the data in a claim; set it in the spec "
                        "(provision=Provision(storage=Size.gib(50))), or for the platform: Eck(provision=…)")  # fmt: skip
    spec: k8s.PersistentVolumeClaimSpec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": str(storage)}},
    }
    if wanted.provision.storage_class is not None:
        spec["storageClassName"] = wanted.provision.storage_class
    # The name that ECK mounts (https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/volume-claim-templates).
    return {"metadata": {"name": "elasticsearch-data"}, "spec": spec}
