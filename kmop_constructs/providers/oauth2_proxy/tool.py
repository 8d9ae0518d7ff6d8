"""oauth2-proxy, which does logins: how the library loads and names it."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.oauth2_proxy"

TOOL = Tool(
    "oauth2-proxy",
    title="oauth2-proxy",
    provides={
        "login": (f"{_ROOM}.login:OAuth2Proxy",),
    },
    exports=(f"{_ROOM}.login:OAuth2ProxyOptions",),
)
"""The tool."""
