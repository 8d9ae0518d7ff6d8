"""Google Cloud: how the library loads and names its providers."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.google"

TOOL = Tool(
    "google",
    title="Google Cloud",
    provides={
        "identity": (f"{_ROOM}.identity:GoogleWorkloadIdentity",),
    },
)
"""The tool."""
