"""Elastic Cloud on Kubernetes (ECK), which runs Elasticsearch: how the library loads and names it.

Its licence is the Elastic License 2.0, which is not an open-source licence: it permits use, but not to offer the operator as a
service (https://github.com/elastic/cloud-on-k8s/blob/v3.5.0/LICENSE.txt).
"""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.eck"

TOOL = Tool(
    "eck",
    title="Elastic Cloud on Kubernetes",
    release="3.5",
    # https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s#k8s-supported: 1.32 to 1.36 for 3.5.
    kubernetes="1.32",
    kinds=(
        Kind("elasticsearch.k8s.elastic.co", "Elasticsearch"),
        Kind("stackconfigpolicy.k8s.elastic.co", "StackConfigPolicy"),
    ),
    provides={"elasticsearch": (f"{_ROOM}.provider:Eck",)},
)
"""The tool."""
