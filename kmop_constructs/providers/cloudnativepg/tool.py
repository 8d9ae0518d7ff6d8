"""CloudNativePG, which runs PostgreSQL, and its plugin for backups: how the library loads and names them."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.cloudnativepg"

TOOL = Tool(
    "cloudnativepg",
    title="CloudNativePG",
    kinds=(
        Kind("barmancloud.cnpg.io", "ObjectStore"),
        Kind("postgresql.cnpg.io", "Cluster"),
        Kind("postgresql.cnpg.io", "Database"),
        Kind("postgresql.cnpg.io", "DatabaseRole"),
        Kind("postgresql.cnpg.io", "Pooler"),
        Kind("postgresql.cnpg.io", "Publication"),
        Kind("postgresql.cnpg.io", "ScheduledBackup"),
    ),
    provides={"postgres": (f"{_ROOM}.provider:CloudNativePg",)},
)
"""The tool."""
