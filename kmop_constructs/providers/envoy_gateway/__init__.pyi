# Written by `python -m tools.public_api`.

from kmop_constructs.providers.envoy_gateway.entry import EnvoyEntry as EnvoyEntry
from kmop_constructs.providers.envoy_gateway.entry import EnvoyEntryOptions as EnvoyEntryOptions
from kmop_constructs.providers.envoy_gateway.gateway import EnvoyGateway as EnvoyGateway
from kmop_constructs.providers.envoy_gateway.gateway import EnvoyGatewayOptions as EnvoyGatewayOptions

__all__: list[str] = ["EnvoyEntry", "EnvoyEntryOptions", "EnvoyGateway", "EnvoyGatewayOptions"]
