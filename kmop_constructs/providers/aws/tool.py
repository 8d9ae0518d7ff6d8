"""Amazon Web Services: how the library loads and names its providers."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.aws"

TOOL = Tool(
    "aws",
    title="AWS",
    provides={
        "identity": (f"{_ROOM}.irsa:AwsIrsa", f"{_ROOM}.pod_identity:AwsPodIdentity"),
    },
)
"""The tool."""
