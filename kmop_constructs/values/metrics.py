"""Where a service shows its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kmop_constructs.values.names import port_name, url_path
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["Metrics"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Metrics:
    """An HTTP endpoint in Prometheus' format: ``Metrics()``, ``Metrics(path="/actuator/prometheus", port="admin")``."""

    path: str = "/metrics"
    """The path. Default: ``/metrics``."""

    port: int | str | None = None
    """Container port by number or name. Default: the main port."""

    interval: timedelta | None = None
    """Time between two scrapes, for providers that can say it; scrape annotations cannot. Default: the scraper's."""

    def __post_init__(self) -> None:
        url_path("Metrics.path", self.path)
        if isinstance(self.port, str):
            port_name("Metrics.port", self.port)
        elif self.port is not None:
            whole("Metrics.port", self.port, lowest=1, highest=65535)
        if self.interval is not None:
            seconds("Metrics.interval", self.interval)
