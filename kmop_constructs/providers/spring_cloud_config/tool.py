"""Spring Cloud Config, a server of configuration: how the library loads and names it."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.spring_cloud_config"

TOOL = Tool(
    "spring-cloud-config",
    title="Spring Cloud Config",
    exports=(
        f"{_ROOM}.backends:GitBackend",
        f"{_ROOM}.backends:NativeBackend",
        f"{_ROOM}.backends:SshKey",
        f"{_ROOM}.client:ConfigClient",
        f"{_ROOM}.client:ExistingConfigServer",
        f"{_ROOM}.client:TrustStore",
        f"{_ROOM}.server:ConfigServer",
        f"{_ROOM}.server:ConfigServerSpec",
        f"{_ROOM}.server:KeyStore",
    ),
)
"""The tool."""
