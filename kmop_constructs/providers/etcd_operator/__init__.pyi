# Written by `python -m tools.public_api`.

from kmop_constructs.providers.etcd_operator.provider import EtcdOperator as EtcdOperator

__all__: list[str] = ["EtcdOperator"]
