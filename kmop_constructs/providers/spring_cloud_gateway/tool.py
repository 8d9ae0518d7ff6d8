"""Spring Cloud Gateway, a gateway that runs as a service of the app: how the library loads and names it."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.spring_cloud_gateway"

TOOL = Tool(
    "spring-cloud-gateway",
    title="Spring Cloud Gateway",
    exports=(
        f"{_ROOM}.gateway:SpringCloudGateway",
        f"{_ROOM}.gateway:SpringCloudGatewayOptions",
        f"{_ROOM}.routes:EdgeRoute",
        f"{_ROOM}.routes:RouteCircuitBreaker",
        f"{_ROOM}.routes:RouteRetry",
        f"{_ROOM}.routes:RouteRewrite",
        f"{_ROOM}.routes:RouteWeight",
    ),
)
"""The tool."""
