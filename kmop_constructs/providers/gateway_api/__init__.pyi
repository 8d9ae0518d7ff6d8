# Written by `python -m tools.public_api`.

from kmop_constructs.providers.gateway_api.entry import GatewayApiEntry as GatewayApiEntry
from kmop_constructs.providers.gateway_api.entry import GatewayApiEntryOptions as GatewayApiEntryOptions
from kmop_constructs.providers.gateway_api.gateway import GatewayApi as GatewayApi
from kmop_constructs.providers.gateway_api.gateway import GatewayApiOptions as GatewayApiOptions

__all__: list[str] = ["GatewayApi", "GatewayApiEntry", "GatewayApiEntryOptions", "GatewayApiOptions"]
