"""What a store can say beside version and login: users, poolers, copies and where they are written, a new generation; dumps; and etcd."""

from importlib import import_module
from typing import TYPE_CHECKING

from kmop_constructs._lazy import unknown_name
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


_CONSTRUCTS = {"Dump": "dumps", "Etcd": "stores", "Restore": "dumps"}

if not TYPE_CHECKING:  # a type checker that sees it takes every name as one of this module

    def __getattr__(name: str) -> object:
        """Import a construct when it is first used: values are imported without the engine."""
        if name in _CONSTRUCTS:
            return getattr(import_module(f"kmop_constructs.workloads.{_CONSTRUCTS[name]}"), name)
        raise unknown_name(__name__, name)


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted({*globals(), *__all__})
