# Written by `python -m tools.public_api`.

from kmop_constructs.providers.velero.backup import NamespaceBackup as NamespaceBackup
from kmop_constructs.providers.velero.location import BackupLocation as BackupLocation
from kmop_constructs.providers.velero.restore import NamespaceRestore as NamespaceRestore
from kmop_constructs.providers.velero.spec import BackupHook as BackupHook
from kmop_constructs.providers.velero.spec import NamespaceBackupSpec as NamespaceBackupSpec

__all__: list[str] = ["BackupHook", "BackupLocation", "NamespaceBackup", "NamespaceBackupSpec", "NamespaceRestore"]
