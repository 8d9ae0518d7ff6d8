"""What a store can say beside version and login: users, poolers, copies and where they are written, a new generation; and etcd."""

from kmop_constructs.components.data.backup import FromBackup
from kmop_constructs.components.data.dumps import DumpSpec
from kmop_constructs.components.data.pooler import Pooler
from kmop_constructs.components.data.store_spec import EtcdSpec
from kmop_constructs.components.data.users import DatabaseUser, MongoUser
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage, VolumeSnapshots
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
    "Restore",
    "VolumeSnapshots",
]
