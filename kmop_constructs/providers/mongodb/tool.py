"""MongoDB Controllers for Kubernetes, which runs MongoDB Community: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.mongodb"

TOOL = Tool(
    "mongodb",
    title="MongoDB Controllers for Kubernetes",
    release="1.10",
    kinds=(Kind("mongodbcommunity.mongodb.com", "MongoDBCommunity"),),
    provides={"mongo": (f"{_ROOM}.provider:MongoDbCommunity",)},
    watches="own",
)
"""The tool."""
