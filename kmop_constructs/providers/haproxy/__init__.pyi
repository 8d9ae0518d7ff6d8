# Written by `python -m tools.public_api`.

from kmop_constructs.providers.haproxy.gateway import HaproxyGateway as HaproxyGateway
from kmop_constructs.providers.haproxy.gateway import HaproxyGatewayOptions as HaproxyGatewayOptions

__all__: list[str] = ["HaproxyGateway", "HaproxyGatewayOptions"]
