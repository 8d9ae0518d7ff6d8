# Written by `python -m tools.public_api`.

from kmop_constructs.providers.apigee.gateway import ApigeeEdge as ApigeeEdge
from kmop_constructs.providers.apigee.gateway import ApigeeEdgeOptions as ApigeeEdgeOptions
from kmop_constructs.providers.apigee.gateway import ApigeeEndpoint as ApigeeEndpoint

__all__: list[str] = ["ApigeeEdge", "ApigeeEdgeOptions", "ApigeeEndpoint"]
