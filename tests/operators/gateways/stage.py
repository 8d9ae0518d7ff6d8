"""Every feature that requests can show, as exposures of one gateway, with Services, addresses of pods and Secrets."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kmop_constructs import Exposure
from kmop_constructs.authors import Can, GatewayFactory
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.testing import synthesize
from tests.certificates import make_certificate
from tests.cluster.api import Object
from tests.components.api_gateway.contract import Case, cases
from tests.components.api_gateway.intents import BASE
from tests.operators.exposures import draw
from tests.operators.gateways.backends import PORT
from tests.operators.gateways.door import Door
from tests.operators.gateways.shown import KEY, PASSWORD, SHOWN, Shown
from tests.operators.gateways.written import endpoints, secret

from cdk8s import App

TARGETS = {80: PORT, 9090: 9090}
"""The port of the pod for each port of a Service."""

DEAD = "10.66"
"""The first part of addresses that nothing answers for (`tools/operators/network.py`)."""

LIVING = 20
"""The second part of addresses of pods of the first provider, and of the next ones the numbers after it."""

LEFT_OUT: Mapping[tuple[str, FeatureName], str] = {
    ("IstioGateway", "backend_tls_config_map"): "it is a field of Istio 1.32, and an older commit runs",
    ("GatewayApi", "any_host"): "EnvoyGateway serves every host, on the same Envoy",
    ("GatewayApi", "retry_timeout"): "Envoy Gateway ends an attempt in time, and does not retry it",
}
"""Features of providers that no request shows, with the reason."""

WIDER: Mapping[tuple[str, FeatureName], str] = {
    (
        "IstioGateway",
        "jwt_claims",
    ): "a RequestAuthentication is for the whole gateway: other exposures with tokens of the issuer have the header too",
}
"""Features of providers that exposures without them have as well, with the reason."""

_NUMBERS = {case.name: number for number, case in enumerate(cases())}

NOT_APPLIED = frozenset(
    {"Certificate", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"}
)
"""Kinds without a part in how a request is served here: a program answers for the pods."""

PLAIN = "plain"
"""The exposure with a host and nothing else, which others are compared with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """Where the gateway listens on this machine."""

    http: int
    https: int


@dataclass(kw_only=True, slots=True)
class Stage:
    """Exposures, and what is behind them."""

    case: Case
    """The gateway."""

    exposures: Mapping[str, Exposure]
    """By the name of the namespace."""

    dead: frozenset[str]
    """Namespaces in which one pod of each Service refuses connections."""

    folder: Path
    """For certificates."""

    addresses: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """For each namespace, the Service of each address."""

    def drawn(self, folder: str = "dist", gateway: GatewayFactory | None = None) -> list[Object]:
        """The Services and what leads to them."""
        app = App(outdir=str(self.folder / folder))
        draw(app, dict(self.exposures), gateway or self.case.plain)
        return [each for each in synthesize(app).objects if each["kind"] not in NOT_APPLIED]

    def objects(self, gateway: GatewayFactory | None = None) -> list[Object]:
        """The same with an address for each pod."""
        drawn = self.drawn(gateway=gateway)
        services = [each for each in drawn if each["kind"] == "Service"]
        return [*(self._endpoints(number, each) for number, each in enumerate(services)), *drawn]

    def _endpoints(self, number: int, service: Object) -> Object:
        name, place = str(service["metadata"]["name"]), str(service["metadata"]["namespace"])
        first = f"10.{LIVING + _NUMBERS[self.case.name]}"
        second = f"{DEAD}.{number}" if place in self.dead else f"{first}.{number}"
        pods = [f"{first}.{number}.1", f"{second}.2"]
        self.addresses.setdefault(place, {}).update(dict.fromkeys(pods, name))
        return endpoints(service, pods, TARGETS)

    def door(self, feature: str, ports: Ports, *, without: bool = False) -> Door:
        """The host of the exposure with a feature, or of the one without it."""
        name = place(self.case, feature, without=without)
        exposure = self.exposures[name]
        return Door(
            host=exposure.host or "any.example",
            http=ports.http,
            https=ports.https,
            tls=exposure.tls is not None,
            services=self.addresses[name],
            folder=self.folder,
        )

    def secrets(self) -> Iterator[Object]:
        """What the exposures name, in each namespace."""
        authority = self._text("authority.crt")
        for name, exposure in self.exposures.items():
            if exposure.tls is not None:
                hosts = ",".join(f"DNS:{each}" for each in exposure.hosts)
                files = (self.folder / f"{name}.crt", self.folder / f"{name}.key")
                make_certificate(f"/CN={name}.acme.io", *files, "-addext", f"subjectAltName={hosts}")
                pair = {"tls.crt": self._text(f"{name}.crt"), "tls.key": self._text(f"{name}.key")}
                yield secret(name, "web-tls", pair, type="kubernetes.io/tls")
            yield secret(name, "partners-ca", {"ca.crt": authority})
            yield secret(name, "web-ca", {"ca.crt": self._text("tls.crt")})
            yield {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "web-ca", "namespace": name},
                "data": {"ca.crt": self._text("tls.crt")},
            }

    def _text(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")


def users(namespaces: Iterable[str], key: str) -> Iterator[Object]:
    """The Secret of `BasicAuth` in each namespace, with a line of ``htpasswd`` under a key."""
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
    return (secret(each, "staff", {key: f"ann:{{SHA}}{digest}\n"}) for each in namespaces)


def api_keys(namespaces: Iterable[str]) -> Iterator[Object]:
    """The Secret of `ApiKey` in each namespace: the key of each client by its name."""
    return (secret(each, "partners", {"ann": KEY}) for each in namespaces)


def named(name: str, exposure: Exposure) -> Exposure:
    """The exposure with a host of its own."""
    if exposure.host is None:
        return exposure
    wildcard = "*." if exposure.host.startswith("*.") else ""
    aliases = tuple(f"www.{name}.acme.io" for _ in exposure.aliases)
    return replace(exposure, host=f"{wildcard}{name}.acme.io", aliases=aliases)


def place(case: Case, feature: str, *, without: bool = False) -> str:
    """The namespace of the exposure with a feature, or of the one without it, such as ``traefik-path-prefix``."""
    short = case.name.removesuffix("Gateway").lower()
    return f"{short}-{'without-' if without else ''}{feature.replace('_', '-')}"


def pair(case: Case, feature: str, shown: Shown) -> dict[str, Exposure]:
    """The exposure with a feature and the one without it, by their namespaces."""
    both = {False: shown.exposure, True: shown.without}
    names = {place(case, feature, without=without): each for without, each in both.items() if each is not None}
    return {name: named(name, each) for name, each in names.items()}


def shown_by(case: Case) -> list[FeatureName]:
    """The features that requests can show of a gateway, without an edition or plug-in that does not run here."""
    supports = case.provider.SUPPORTS
    can = {name for name in case.expected if isinstance(found := supports[name], Can) and found.needs is None}
    return [name for name in SHOWN if name in can and (case.name, name) not in LEFT_OUT]


def stage(case: Case, folder: Path) -> Stage:
    """Every feature that the gateway can and requests can show."""
    chosen = {feature: SHOWN[feature] for feature in shown_by(case)}
    exposures = {name: each for feature, shown in chosen.items() for name, each in pair(case, feature, shown).items()}
    dead = {name for feature, shown in chosen.items() if shown.one_dead for name in pair(case, feature, shown)}
    plain = place(case, PLAIN)
    return Stage(case=case, exposures={**exposures, plain: named(plain, BASE)}, dead=frozenset(dead), folder=folder)
