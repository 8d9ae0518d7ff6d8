"""etcd-operator, which runs etcd: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.etcd_operator"

TOOL = Tool(
    "etcd-operator",
    title="etcd-operator",
    release="0.2",
    # https://github.com/etcd-io/etcd-operator/blob/v0.2.0/docs/install.md names 1.30.
    kubernetes="1.30",
    kinds=(Kind("operator.etcd.io", "EtcdCluster"),),
    provides={"etcd": (f"{_ROOM}.provider:EtcdOperator",)},
)
"""The tool."""
