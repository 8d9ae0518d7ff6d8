"""etcd-operator, which runs etcd: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.etcd_operator"

TOOL = Tool(
    "etcd-operator",
    title="etcd-operator",
    kinds=(Kind("operator.etcd.io", "EtcdCluster"),),
    provides={"etcd": (f"{_ROOM}.provider:EtcdOperator",)},
)
"""The tool."""
