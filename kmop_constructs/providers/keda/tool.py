"""KEDA, which scales workloads with the work that waits for them: how the library loads and names it.

It is drawn for 2.21 and tested by its makers on the newest versions of Kubernetes, 1.33 to 1.35 for 2.20
(https://keda.sh/docs/2.21/operate/cluster/#kubernetes-compatibility).
"""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.keda"

TOOL = Tool(
    "keda",
    title="KEDA",
    release="2.21",
    # It says on which versions it is tested, and that others are not excluded.
    kinds=(
        # Its webhook reads the scaled object, so that comes first; a trigger reads its authentication.
        Kind("keda.sh", "ClusterTriggerAuthentication", cluster_scoped=True, before="HorizontalPodAutoscaler"),
        Kind("keda.sh", "TriggerAuthentication", before="HorizontalPodAutoscaler"),
        Kind("keda.sh", "ScaledObject"),
    ),
    provides={
        "autoscaler": (f"{_ROOM}.autoscaler:KedaAutoscaler",),
        "event_autoscaler": (f"{_ROOM}.autoscaler:KedaAutoscaler",),
    },
    exports=(f"{_ROOM}.options:KedaOptions", f"{_ROOM}.options:PrometheusServer"),
)
"""The tool."""
