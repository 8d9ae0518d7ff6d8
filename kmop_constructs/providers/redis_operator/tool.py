"""Redis Operator of OpsTree: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.redis_operator"

TOOL = Tool(
    "redis-operator",
    title="Redis Operator",
    release="0.26",
    kinds=(
        Kind("redis.redis.opstreelabs.in", "Redis"),
        Kind("redis.redis.opstreelabs.in", "RedisCluster"),
        Kind("redis.redis.opstreelabs.in", "RedisReplication"),
        Kind("redis.redis.opstreelabs.in", "RedisSentinel"),
    ),
    provides={"redis": (f"{_ROOM}.provider:OpsTreeRedis",)},
)
"""The tool."""
