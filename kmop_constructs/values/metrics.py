"""Metrics endpoint of a service."""

from __future__ import annotations

from datetime import timedelta

from kmop_constructs._dataclass import dataclass
from kmop_constructs.values.names import port_name, url_path
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["Metrics"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Metrics:
    """An HTTP endpoint in Prometheus' format: ``Metrics()``, ``Metrics(path="/actuator/prometheus", port="admin")``."""

    path: str = "/metrics"
    """URL path of the endpoint. Default: ``/metrics``."""

    port: int | str | None = None
    """Container port of the endpoint, by number or name. A port with TLS adds the annotation ``prometheus.io/scheme``.
    Default: the main port."""

    interval: timedelta | None = None
    """Time between two scrapes, in whole seconds, for providers that support it; scrape annotations do not. Default:
    the scraper's interval."""

    def __post_init__(self) -> None:
        url_path("Metrics.path", self.path)
        if isinstance(self.port, str):
            port_name("Metrics.port", self.port)
        elif self.port is not None:
            whole("Metrics.port", self.port, lowest=1, highest=65535)
        if self.interval is not None:
            seconds("Metrics.interval", self.interval)
