"""What a store can say beside version and login: users, poolers, copies and where they are written, a new generation; dumps; and etcd."""

from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.backup import FromBackup
from kmop_constructs.components.data.dumps import DumpSpec
from kmop_constructs.components.data.pooler import Pooler
from kmop_constructs.components.data.sites import Promotion, Sites
from kmop_constructs.components.data.store_spec import EtcdSpec
from kmop_constructs.components.data.users import DatabaseUser, MongoUser
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage, VolumeSnapshots

if TYPE_CHECKING:
    from kmop_constructs.workloads.dumps import Dump, Restore
    from kmop_constructs.workloads.stores import Etcd

__all__ = [
    "S3",
    "AzureBlob",
    "DatabaseUser",
    "Dump",
    "DumpSpec",
    "Etcd",
    "EtcdSpec",
    "FromBackup",
    "GoogleStorage",
    "MongoUser",
    "Pooler",
    "Promotion",
    "Restore",
    "Sites",
    "VolumeSnapshots",
]


def __getattr__(name: str) -> Any:
    """Import a construct when it is first used: values are imported without the engine."""
    if name == "Etcd":
        from kmop_constructs.workloads.stores import Etcd

        return Etcd
    if name in ("Dump", "Restore"):
        from kmop_constructs.workloads import dumps

        return getattr(dumps, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted({*globals(), *__all__})
