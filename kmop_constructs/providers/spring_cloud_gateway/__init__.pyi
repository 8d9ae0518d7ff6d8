# Written by `python -m tools.public_api`.

from kmop_constructs.providers.spring_cloud_gateway.gateway import SpringCloudGateway as SpringCloudGateway
from kmop_constructs.providers.spring_cloud_gateway.gateway import SpringCloudGatewayOptions as SpringCloudGatewayOptions
from kmop_constructs.providers.spring_cloud_gateway.routes import EdgeRoute as EdgeRoute
from kmop_constructs.providers.spring_cloud_gateway.routes import RouteCircuitBreaker as RouteCircuitBreaker
from kmop_constructs.providers.spring_cloud_gateway.routes import RouteRetry as RouteRetry
from kmop_constructs.providers.spring_cloud_gateway.routes import RouteRewrite as RouteRewrite
from kmop_constructs.providers.spring_cloud_gateway.routes import RouteWeight as RouteWeight

__all__: list[str] = ["EdgeRoute", "RouteCircuitBreaker", "RouteRetry", "RouteRewrite", "RouteWeight", "SpringCloudGateway", "SpringCloudGatewayOptions"]
