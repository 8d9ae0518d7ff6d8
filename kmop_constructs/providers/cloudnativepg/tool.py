"""CloudNativePG, which runs PostgreSQL, and its plugin for backups: how the library loads and names them."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.cloudnativepg"

TOOL = Tool(
    "cloudnativepg",
    title="CloudNativePG",
    release="1.30",
    # https://cloudnative-pg.io/docs/1.30/supported_releases: 1.34 and newer are supported, 1.30 and newer tested.
    kubernetes="1.30",
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
