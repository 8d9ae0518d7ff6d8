"""Several exposures beside each other: of one host and of neighbours, each scene in a namespace of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, Port, SecretKey, ServiceSpec
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.providers.oauth2_proxy import OAuth2Proxy, OAuth2ProxyOptions
from kmop_constructs.testing import Synthesized, synthesize
from tests.certificates import make_certificate
from tests.cluster.api import Object
from tests.components.api_gateway.contract import Case
from tests.operators.gateways import backends
from tests.operators.gateways.door import Door
from tests.operators.gateways.stage import NOT_APPLIED, Ports
from tests.operators.gateways.written import endpoints, secret
from tests.providers.plain_http import allow_plain_http

from cdk8s import App

Scene: TypeAlias = Callable[[str], Mapping[str, Sequence[Exposure]]]
"""The exposures of each service, for a host. Other hosts of the scene are below it."""

FIRST = 40
"""The second part of addresses of pods of the first provider, and of the next ones the numbers after it."""

LOGIN_PORT = 4180
TARGETS = {80: backends.PORT, LOGIN_PORT: LOGIN_PORT}
"""The port of the pod for each port of a Service."""

CERTIFICATE = "web-tls"
AUTHORITY = SecretKey("id-ca", "ca.crt", external=True)
"""That of the OpenID provider."""

LOGIN = partial(OAuth2Proxy, options=OAuth2ProxyOptions(issuer_ca=AUTHORITY))


@dataclass(kw_only=True, slots=True)
class Scenes:
    """The scenes of one gateway."""

    case: Case
    """The gateway."""

    scenes: Mapping[str, Scene]
    """By name, such as ``two-services``."""

    gateways: Mapping[str, GatewayFactory] = field(default_factory=dict[str, GatewayFactory])
    """For some scenes a gateway with other options."""

    number: int
    """Another one for each provider: a part of the addresses of its pods."""

    folder: Path
    """For certificates (`tests/operators/gateways/certificates.py`)."""

    addresses: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """For each namespace, the Service of each address."""

    result: Synthesized | None = None
    """What is drawn, once it is."""

    def place(self, name: str) -> str:
        """The namespace of a scene."""
        return f"{self.case.name.lower().removesuffix('gateway')}-{name}"

    def host(self, name: str) -> str:
        """The host of a scene."""
        return f"{self.place(name)}.acme.io"

    @property
    def namespaces(self) -> list[str]:
        return [self.place(name) for name in self.scenes]

    def objects(self) -> list[Object]:
        """What is drawn, with an address for each pod."""
        app = App(outdir=str(self.folder / f"scenes-{self.number}"))
        for name, scene in self.scenes.items():
            platform = Platform(gateway=self.gateways.get(name, self.case.plain), login=LOGIN)
            chart = KmopChart(app, self.place(name), namespace=self.place(name), platform=platform)
            for service, exposures in scene(self.host(name)).items():
                spec = ServiceSpec(
                    image=Image("acme/web:1"), port=Port(8080, service_port=80), exposure=tuple(exposures)
                )
                allow_plain_http(Microservice(chart, service, spec))
        self.result = synthesize(app)
        drawn = [each for each in self.result.objects if each["kind"] not in NOT_APPLIED]
        services = [each for each in drawn if each["kind"] == "Service"]
        return [*(self._endpoints(number, each) for number, each in enumerate(services)), *drawn]

    def _endpoints(self, number: int, service: Object) -> Object:
        name, place = str(service["metadata"]["name"]), str(service["metadata"]["namespace"])
        pods = [f"10.{FIRST + self.number}.{number}.{each}" for each in (1, 2)]
        self.addresses.setdefault(place, {}).update(dict.fromkeys(pods, name))
        return endpoints(service, pods, TARGETS)

    def hosts(self) -> dict[str, str]:
        """The names in the cluster of what a gateway calls by name: of each Service its first pod."""
        return {
            f"{service}.{place}.svc.cluster.local": address
            for place, services in self.addresses.items()
            for address, service in services.items()
            if address.endswith(".1")
        }

    def secrets(self) -> Iterator[Object]:
        """What the exposures name, in each namespace."""
        authority = (self.folder / "authority.crt").read_text(encoding="utf-8")
        for name, scene in self.scenes.items():
            place, exposures = self.place(name), [one for each in scene(self.host(name)).values() for one in each]
            hosts = ",".join(sorted({f"DNS:{host}" for each in exposures if each.tls for host in each.hosts}))
            if hosts:
                files = (self.folder / f"{place}.crt", self.folder / f"{place}.key")
                make_certificate(f"/CN={place}", *files, "-addext", f"subjectAltName={hosts}")
                texts = [each.read_text(encoding="utf-8") for each in files]
                pair = {"tls.crt": texts[0], "tls.key": texts[1]}
                yield secret(place, CERTIFICATE, pair, type="kubernetes.io/tls")
            yield secret(place, "partners-ca", {"ca.crt": authority})

    def door(self, name: str, ports: Ports, *, host: str | None = None) -> Door:
        """The host of a scene, or another one that it has."""
        exposures = [each for found in self.scenes[name](self.host(name)).values() for each in found]
        return Door(
            host=host or self.host(name),
            http=ports.http,
            https=ports.https,
            tls=any(each.tls is not None for each in exposures),
            services=self.addresses[self.place(name)],
            folder=self.folder,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedScenes:
    """A gateway that serves the scenes of one provider or several."""

    scenes: Mapping[str, tuple[Scenes, Ports]]
    """By the name of the provider."""

    def door(self, provider: str, name: str, *, host: str | None = None) -> Door:
        """The host of a scene, or another one that it has."""
        scenes, ports = self.scenes[provider]
        return scenes.door(name, ports, host=host)

    def missing(self) -> list[str]:
        """The hosts that are not served yet."""
        doors = [self.door(provider, name) for provider, (scenes, _) in self.scenes.items() for name in scenes.scenes]
        return [problem for door in doors if (problem := door.problem())]
