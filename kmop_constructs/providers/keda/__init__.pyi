# Written by `python -m tools.public_api`.

from kmop_constructs.providers.keda.autoscaler import KedaAutoscaler as KedaAutoscaler
from kmop_constructs.providers.keda.options import KedaOptions as KedaOptions
from kmop_constructs.providers.keda.options import PrometheusServer as PrometheusServer

__all__: list[str] = ["KedaAutoscaler", "KedaOptions", "PrometheusServer"]
