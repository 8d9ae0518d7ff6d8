"""Velero, which copies whole namespaces: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.velero"

TOOL = Tool(
    "velero",
    title="Velero",
    kinds=(
        Kind("velero.io", "BackupStorageLocation"),
        Kind("velero.io", "Restore"),
        Kind("velero.io", "Schedule"),
    ),
    exports=(
        f"{_ROOM}.backup:NamespaceBackup",
        f"{_ROOM}.location:BackupLocation",
        f"{_ROOM}.restore:NamespaceRestore",
        f"{_ROOM}.spec:BackupHook",
        f"{_ROOM}.spec:NamespaceBackupSpec",
    ),
)
"""The tool."""
