# Written by `python -m tools.public_api`.

from kmop_constructs.providers.redis_operator.provider import OpsTreeRedis as OpsTreeRedis

__all__: list[str] = ["OpsTreeRedis"]
