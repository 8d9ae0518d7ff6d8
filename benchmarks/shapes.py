"""The services that every contestant draws: plain facts, known to none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

PORT = 8080
HEALTH = "/healthz"
ENV: Mapping[str, str] = {"LOG_LEVEL": "info", "REGION": "eu-central-1"}
CONFIG_FILE = "/etc/app/app.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """One service. Each has an image, a port, a health path, resources, variables, and calls the one before it."""

    name: str
    image: str
    autoscaled: bool = False
    config: str | None = None
    host: str | None = None


Shaper: TypeAlias = Callable[[int], Shape]
Layout: TypeAlias = Sequence[tuple[str, Sequence[Shape]]]
"""Namespaces, one for each chart, and the services in each."""


def plain(number: int) -> Shape:
    return Shape(name=f"service-{number}", image=f"ghcr.io/acme/service-{number}:1.4.2")


def autoscaled(number: int) -> Shape:
    return Shape(name=f"service-{number}", image=f"ghcr.io/acme/service-{number}:1.4.2", autoscaled=True)


def configured(number: int) -> Shape:
    image = f"ghcr.io/acme/service-{number}:1.4.2"
    return Shape(name=f"service-{number}", image=image, config=f"workers: {number % 8 + 1}\nverbose: false\n")


def exposed(number: int) -> Shape:
    name = f"service-{number}"
    return Shape(name=name, image=f"ghcr.io/acme/{name}:1.4.2", host=f"{name}.acme.io")


def mixed(number: int) -> Shape:
    """What a landscape looks like: every third has an autoscaler, every fourth a file, every tenth a route."""
    return Shape(
        name=f"service-{number}",
        image=f"ghcr.io/acme/service-{number}:1.4.2",
        autoscaled=number % 3 == 0,
        config=f"workers: {number % 8 + 1}\nverbose: false\n" if number % 4 == 1 else None,
        host=f"service-{number}.acme.io" if number % 10 == 0 else None,
    )


def laid_out(count: int, per_chart: int, shaper: Shaper = mixed) -> Layout:
    """`count` services, `per_chart` of them in each chart, and a namespace for each chart."""
    shapes = [shaper(number) for number in range(count)]
    return [
        (f"team-{start // per_chart}", tuple(shapes[start : start + per_chart])) for start in range(0, count, per_chart)
    ]


def facts(layout: Layout) -> dict[str, Any]:
    """The same for contestants in other languages, as JSON."""
    services = [{"namespace": namespace, **asdict(shape)} for namespace, shapes in layout for shape in shapes]
    return {"port": PORT, "health": HEALTH, "env": ENV, "configFile": CONFIG_FILE, "services": services}
