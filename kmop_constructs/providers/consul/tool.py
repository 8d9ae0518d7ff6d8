"""Consul, a store of keys and values: how the library loads and names it."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.consul"

TOOL = Tool(
    "consul",
    title="Consul",
    exports=(
        f"{_ROOM}.edges:ConsulConfig",
        f"{_ROOM}.edges:ConsulKv",
        f"{_ROOM}.server:ConsulAgents",
        f"{_ROOM}.server:ConsulCertificates",
        f"{_ROOM}.server:ExistingConsul",
    ),
)
"""The tool."""
