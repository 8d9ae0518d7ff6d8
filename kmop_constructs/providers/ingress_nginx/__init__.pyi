# Written by `python -m tools.public_api`.

from kmop_constructs.providers.ingress_nginx.gateway import IngressNginxGateway as IngressNginxGateway
from kmop_constructs.providers.ingress_nginx.gateway import IngressNginxGatewayOptions as IngressNginxGatewayOptions

__all__: list[str] = ["IngressNginxGateway", "IngressNginxGatewayOptions"]
