"""One system, for ingress-nginx and for the gateway after it: the same services, hosts and pods."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from kmop_constructs import Exposure, Image, KmopChart, Microservice, PathRoute, Platform, ServiceSpec, Size, Tls
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import BackendTls, BasicAuth, Cors, RateLimit, Redirect, Retry, Share, StickyCookie
from kmop_constructs.testing import synthesize
from tests.certificates import make_certificate
from tests.cluster.api import Object
from tests.operators.gateways.backends import PORT
from tests.operators.gateways.door import Door
from tests.operators.gateways.stage import DEAD, NOT_APPLIED, users
from tests.operators.gateways.written import endpoints, secret

from cdk8s import App

BASE = ServiceSpec(image=Image("acme/web:1"), port=8080)
MINUTE = timedelta(minutes=1)
TLS = Tls.secret("acme-tls")

EXPOSURES: Mapping[str, Exposure] = {
    "web": Exposure(
        host="www.acme.io",
        tls=TLS,
        redirects=(Redirect("/old", "/new"), Redirect("/sale", "https://sale.acme.io/", permanent=False)),
    ),
    "catalog": Exposure(host="www.acme.io", tls=TLS, paths=("/catalog",), timeout=timedelta(seconds=1)),
    "api": Exposure(
        host="api.acme.io",
        tls=TLS,
        paths=(PathRoute("/v1", rewrite="/"), PathRoute("/orders/[0-9]+", match="RegularExpression")),
        cors=Cors(("https://www.acme.io",), methods=("GET", "PUT"), headers=("X-Trace",)),
    ),
    "status": Exposure(host="api.acme.io", tls=TLS, paths=(PathRoute("/status", match="Exact"),)),
    "plain": Exposure(host="plain.acme.io"),
    "upload": Exposure(host="upload.acme.io", max_body_size=Size("10Ki")),
    "admin": Exposure(host="admin.acme.io", tls=TLS, auth=BasicAuth("staff"), allow_from=("10.99.0.0/16",)),
    "limited": Exposure(host="limited.acme.io", rate_limit=RateLimit(20, per=MINUTE)),
    "burst": Exposure(host="burst.acme.io", rate_limit=RateLimit(20, per=MINUTE, burst=40)),
    "cart": Exposure(host="cart.acme.io", tls=TLS, sticky=StickyCookie("seat", max_age=MINUTE)),
    "beta": Exposure(host="beta.acme.io", paths=("/", PathRoute("/", headers={"X-Beta": "yes"}, service="beta-next"))),
    "split": Exposure(host="split.acme.io", shares=(Share("split-next", 20),)),
    "pay": Exposure(host="pay.acme.io", backend_tls=BackendTls("web.shop.svc", ca_secret="web-ca")),
    "idle": Exposure(host="idle.acme.io"),
    "half": Exposure(host="half.acme.io"),
    "retried": Exposure(host="retried.acme.io", retries=Retry(2)),
    "flaky": Exposure(host="flaky.acme.io", retries=Retry(2, gateway_errors=True)),
    "tenant": Exposure(host="*.tenants.acme.io"),
    "legacy": Exposure(host="legacy.acme.io", paths=(PathRoute("/api", rewrite="/"), "/docs")),
}
"""What each service declares."""

BEHIND = ("beta-next", "split-next")
"""Services that others lead to."""

HALF_DEAD = frozenset({"half", "retried"})
"""Services one of whose pods refuses connections."""

NOT_READY = frozenset({"idle"})
"""Services without a pod that is ready."""

BY_HAND: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {
        "name": "legacy",
        "annotations": {
            "nginx.ingress.kubernetes.io/use-regex": "true",
            "nginx.ingress.kubernetes.io/rewrite-target": "/$2",
        },
    },
    "spec": {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": "legacy.acme.io",
                "http": {
                    "paths": [
                        {
                            "path": "/api(/|$)(.*)",
                            "pathType": "ImplementationSpecific",
                            "backend": {"service": {"name": "legacy", "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ],
    },
}
"""What many teams have for a rewrite. The gateway after it gets the exposure `legacy`."""

BESIDE: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "legacy-docs"},
    "spec": {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": "legacy.acme.io",
                "http": {
                    "paths": [
                        {
                            "path": "/docs",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "legacy", "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ],
    },
}
"""An Ingress of the same host, without annotations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """The services in a namespace behind one gateway."""

    namespace: str
    folder: Path
    """Of the certificates of pods, and for those of the hosts."""

    users_key: str
    """The key under which the gateway reads a file of users."""

    without: Collection[str] = ()
    """Services that the gateway cannot expose."""

    by_hand: Collection[str] = ()
    """Services whose Ingresses are written by hand."""

    @property
    def exposures(self) -> dict[str, Exposure]:
        """Those of the gateway."""
        return {name: each for name, each in EXPOSURES.items() if name not in self.without}

    @property
    def services(self) -> dict[str, str]:
        """The Service of each address."""
        return {pod: name for name in (*EXPOSURES, *BEHIND) for pod in self._pods(name)}

    def objects(self, gateway: GatewayFactory) -> list[Object]:
        """What is drawn, with pods, Secrets and Ingresses by hand."""
        app = App(outdir=str(self.folder / self.namespace))
        chart = KmopChart(app, self.namespace, namespace=self.namespace, platform=Platform(gateway=gateway))
        for name in BEHIND:
            Microservice(chart, name, BASE)
        for name, each in self.exposures.items():
            Microservice(chart, name, BASE if name in self.by_hand else replace(BASE, exposure=each))
        drawn = [each for each in synthesize(app).objects if each["kind"] not in NOT_APPLIED]
        services = [each for each in drawn if each["kind"] == "Service"]
        slices = [self._endpoints(each) for each in services]
        return [*slices, *self._secrets(), *drawn, *self._ingresses()]

    def door(self, *, http: int, https: int) -> Door:
        """How requests reach the gateway: each names its host."""
        return Door(host="www.acme.io", http=http, https=https, tls=False, services=self.services, folder=self.folder)

    def served(self) -> Iterator[tuple[str, str, bool]]:
        """A host, a path and whether it has TLS, for each service with pods that are all there."""
        for name, each in self.exposures.items():
            if name not in HALF_DEAD | NOT_READY:
                yield (each.host or "").replace("*", "a"), each.routes[0].path, each.tls is not None

    def _pods(self, name: str) -> tuple[str, str]:
        number = [*EXPOSURES, *BEHIND].index(name)
        return f"10.60.{number}.1", f"{DEAD if name in HALF_DEAD else '10.60'}.{number}.2"

    def _endpoints(self, service: Object) -> Object:
        name = service["metadata"]["name"]
        return endpoints(service, self._pods(name), {80: PORT, 8080: PORT}, ready=name not in NOT_READY)

    def _secrets(self) -> Iterator[Object]:
        files = self.folder / f"{self.namespace}.crt", self.folder / f"{self.namespace}.key"
        hosts = ",".join(f"DNS:{host}" for each in EXPOSURES.values() for host in each.hosts)
        make_certificate("/CN=acme.io", *files, "-addext", f"subjectAltName={hosts}")
        pair = {"tls.crt": files[0].read_text(encoding="utf-8"), "tls.key": files[1].read_text(encoding="utf-8")}
        yield secret(self.namespace, "acme-tls", pair, type="kubernetes.io/tls")
        yield secret(self.namespace, "web-ca", {"ca.crt": (self.folder / "tls.crt").read_text(encoding="utf-8")})
        yield from users([self.namespace], self.users_key)

    def _ingresses(self) -> Iterator[Object]:
        for each in (BY_HAND, BESIDE) if self.by_hand else ():
            yield {**each, "metadata": {**each["metadata"], "namespace": self.namespace}}
