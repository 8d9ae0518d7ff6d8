"""Apigee, the managed API gateway of Google Cloud: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.apigee"

TOOL = Tool(
    "apigee",
    title="Apigee",
    kinds=(
        Kind("apigee.cnrm.cloud.google.com", "ApigeeAddonsConfig"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeAPIProduct"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeEndpointAttachment"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeEnvgroup"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeEnvgroupAttachment"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeEnvironment"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeInstance"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeInstanceAttachment"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeNATAddress"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeOrganization"),
        Kind("apigee.cnrm.cloud.google.com", "ApigeeSyncAuthorization"),
    ),
    exports=(
        f"{_ROOM}.gateway:ApigeeEdge",
        f"{_ROOM}.gateway:ApigeeEdgeOptions",
        f"{_ROOM}.gateway:ApigeeEndpoint",
    ),
)
"""The tool."""
