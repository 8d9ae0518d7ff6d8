"""Velero, which copies whole namespaces: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.velero"

TOOL = Tool(
    "velero",
    title="Velero",
    release="1.18",
    # https://github.com/vmware-tanzu/velero/blob/v1.18.3/README.md#velero-compatibility-matrix.
    kubernetes="1.18",
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
