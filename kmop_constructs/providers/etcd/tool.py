"""etcd, a store of keys and values: how the library loads and names it."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.etcd"

TOOL = Tool(
    "etcd",
    title="etcd",
    exports=(
        "kmop_constructs.components.data.etcd:EtcdCertificates",
        "kmop_constructs.components.data.etcd:EtcdClient",
        f"{_ROOM}.client:ExistingEtcd",
    ),
)
"""The tool."""
