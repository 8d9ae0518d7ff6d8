"""A store of objects on real nodes: Versity S3 Gateway, with a bucket."""

from __future__ import annotations

import os
from pathlib import Path

from kmop_constructs import ExistingSecret
from kmop_constructs.stores import S3
from tests.cluster.api import Object
from tests.nodes.running import Cluster, value_of
from tools.real_nodes import operator_images

import pytest

STORE = "objects"
"""Namespace and name of the store of objects."""
BUCKET = "copies"
KEYS = ExistingSecret("backups", keys=("id", "secret"))
TO = S3(
    BUCKET,
    endpoint=f"http://{STORE}.{STORE}.svc:7070",
    access_key=KEYS.key("id"),
    secret_access_key=KEYS.key("secret"),
)
"""The bucket, as an app names it."""


def need(*operators: str) -> None:
    """Skip where programs are not built; in CI, fail."""
    skip_without(operator_images.missing(*operators))


def skip_without(reason: str | None) -> None:
    """Skip where there is a reason to; in CI, fail."""
    if reason is not None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def install(cluster: Cluster, folder: Path) -> None:
    """Install the store, and wait until it is ready."""
    need("versitygw")
    nodes = cluster.nodes
    nodes.images.more |= operator_images.object_store(nodes.binaries, folder)
    namespace: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": STORE}}
    nodes.apply([namespace])
    nodes.apply(nodes.provide(_store()))
    cluster.kubectl("-n", STORE, "rollout", "status", f"deployment/{STORE}", "--timeout=120s")


def _store() -> list[Object]:
    """Versity S3 Gateway, with a bucket; its objects are files of its pod."""
    labels = {"app": STORE}
    login = {"ROOT_ACCESS_KEY": value_of(KEYS.name, "id"), "ROOT_SECRET_KEY": value_of(KEYS.name, "secret")}
    env = [{"name": name, "value": value} for name, value in login.items()]
    container: Object = {
        "name": STORE,
        "image": "ghcr.io/versity/versitygw:v1.8.0",
        "args": ["--port", ":7070", "posix", "--sidecar", "/data/attributes", "/data/objects"],
        "env": env,
        "readinessProbe": {"tcpSocket": {"port": 7070}, "periodSeconds": 1},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    made: Object = {
        "name": "folders",
        "image": "busybox:1",
        "command": ["sh", "-c", f"mkdir -p /data/attributes /data/objects/{BUCKET} && chmod -R 777 /data"],
        "volumeMounts": container["volumeMounts"],
    }
    pod: Object = {"initContainers": [made], "containers": [container], "volumes": [{"name": "data", "emptyDir": {}}]}
    metadata = {"name": STORE, "namespace": STORE}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    ports = [{"port": 7070}]
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": labels, "ports": ports}},
    ]
