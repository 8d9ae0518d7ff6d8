# Written by `python -m tools.public_api`.

from kmop_constructs.components.data.etcd import EtcdCertificates as EtcdCertificates
from kmop_constructs.components.data.etcd import EtcdClient as EtcdClient
from kmop_constructs.providers.etcd.client import ExistingEtcd as ExistingEtcd

__all__: list[str] = ["EtcdCertificates", "EtcdClient", "ExistingEtcd"]
