# Written by `python -m tools.public_api`.

from kmop_constructs.providers.traefik.gateway import TraefikGateway as TraefikGateway
from kmop_constructs.providers.traefik.ingress import TraefikIngressGateway as TraefikIngressGateway
from kmop_constructs.providers.traefik.options import TraefikGatewayOptions as TraefikGatewayOptions

__all__: list[str] = ["TraefikGateway", "TraefikGatewayOptions", "TraefikIngressGateway"]
