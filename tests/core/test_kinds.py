"""Facts about kinds."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs.core.kinds import install_rank, is_cluster_scoped

import pytest
import yaml

CRDS = Path(__file__).parents[2] / "imports" / "crds"


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Namespace", True),
        ("v1", "PersistentVolume", True),
        ("v1", "PersistentVolumeClaim", False),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", True),
        ("rbac.authorization.k8s.io/v1beta1", "ClusterRole", True),
        ("rbac.authorization.k8s.io/v1", "Role", False),
        ("acme.io/v1", "ClusterRole", False),
        ("networking.k8s.io/v1", "IngressClass", True),
        ("networking.k8s.io/v1", "Ingress", False),
        ("gateway.networking.k8s.io/v1", "GatewayClass", True),
        ("gateway.networking.k8s.io/v1", "Gateway", False),
    ],
)
def test_a_kind_is_known_by_its_group_and_not_by_its_name_alone(api_version: str, kind: str, expected: bool) -> None:
    assert is_cluster_scoped(api_version, kind) == expected


@pytest.mark.parametrize("file", sorted(CRDS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_pinned_custom_kind_is_known_by_its_scope(file: Path) -> None:
    for definition in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
        spec = definition["spec"]
        for version in spec["versions"]:
            scoped = is_cluster_scoped(f"{spec['group']}/{version['name']}", spec["names"]["kind"])
            assert scoped == (spec["scope"] == "Cluster"), spec["names"]["kind"]


def test_what_others_need_comes_before_them() -> None:
    order = ["Namespace", "CustomResourceDefinition", "ServiceAccount", "Role", "RoleBinding", "NetworkPolicy", "Secret",
             "ConfigMap", "PersistentVolumeClaim", "Service", "Deployment", "HorizontalPodAutoscaler", "Ingress",
             "ServiceMonitor"]  # fmt: skip
    assert sorted(order, key=install_rank) == order
