# Written by `python -m tools.public_api`.

from kmop_constructs.providers.mongodb.provider import MongoDbCommunity as MongoDbCommunity

__all__: list[str] = ["MongoDbCommunity"]
