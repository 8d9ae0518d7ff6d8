"""Microsoft Azure: how the library loads and names its providers."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.azure"

TOOL = Tool(
    "azure",
    title="Azure",
    provides={
        "identity": (f"{_ROOM}.identity:AzureWorkloadIdentity",),
    },
)
"""The tool."""
