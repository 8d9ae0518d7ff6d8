# Written by `python -m tools.public_api`.

from kmop_constructs.providers.envoy_gateway.entry import EnvoyEntry as EnvoyEntry
from kmop_constructs.providers.envoy_gateway.entry import EnvoyEntryOptions as EnvoyEntryOptions
from kmop_constructs.providers.envoy_gateway.entry import EnvoyGatewayClass as EnvoyGatewayClass
from kmop_constructs.providers.envoy_gateway.gateway import EnvoyGateway as EnvoyGateway
from kmop_constructs.providers.envoy_gateway.gateway import EnvoyGatewayOptions as EnvoyGatewayOptions
from kmop_constructs.providers.envoy_gateway.proxies import EnvoyProxies as EnvoyProxies

__all__: list[str] = ["EnvoyEntry", "EnvoyEntryOptions", "EnvoyGateway", "EnvoyGatewayClass", "EnvoyGatewayOptions", "EnvoyProxies"]
