"""What the library draws for each tool in the tests of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kmop_constructs import Exposure
from kmop_constructs.testing import synthesize
from tests.cluster.api import Object
from tests.cluster.systems import render
from tests.operators.exposures import draw, exposures, with_own_certificate
from tests.providers.istio import expect as istio

from cdk8s import App

CERT_MANAGER = "cert-manager.io/"
ISTIO = ".istio.io/"
READERS = frozenset({"Gateway", "Host", "Ingress", "IngressRoute", "VirtualServer"})
"""Kinds by which gateways find a certificate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """What is drawn for a tool, and what its tests leave out."""

    objects: Callable[[Path], list[Object]]
    """The objects. The folder is for the files of a synthesis."""

    not_seen: tuple[str, ...]
    """What the tool does, or the library draws for it, and its tests do not see."""


def _for_cert_manager(folder: Path) -> list[Object]:
    """The shop behind every gateway: what asks for a certificate, and what reads it."""
    objects = render("gateways", folder, None).objects
    return [item for item in objects if item["apiVersion"].startswith(CERT_MANAGER) or item["kind"] in READERS]


def for_istio() -> dict[str, Exposure]:
    """Every exposure that an ingress gateway of Istio can serve. One login: all share its extension provider."""
    found = exposures(istio.CASE, once=["oidc"])
    return {name: with_own_certificate(name, exposure) for name, exposure in found.items()}


def _for_istio(folder: Path) -> list[Object]:
    """The exposures, and the Services behind them."""
    app = App(outdir=str(folder))
    draw(app, for_istio(), istio.GATEWAY)
    objects = [*synthesize(app).objects, *render("gateways", folder, None).objects]
    own = [item for item in objects if ISTIO in item["apiVersion"]]
    places = {item["metadata"]["namespace"] for item in own}
    services = [item for item in objects if item["kind"] == "Service" and item["metadata"]["namespace"] in places]
    return [*services, *own]


DRAWINGS: Mapping[str, Drawing] = {
    "cert_manager": Drawing(
        objects=_for_cert_manager,
        not_seen=(
            "Issuers of ACME, Vault and Venafi: there is no such authority here. A CA issuer takes the name of the app's issuer",
            "The gateways themselves, which serve the certificate",
            "The webhook, which refuses wrong objects, and the CA injector",
            "The command of cert-manager: its controllers are started by a program of the tests",
        ),
    ),
    "istio": Drawing(
        objects=_for_istio,
        not_seen=(
            "Envoy: what istiod sends to it is read as Envoy's documentation describes it, and no request is made",
            "What istiod makes of tokens, logins and address ranges: only the routes of jwt, oidc and allow_from are read back",
            "Annotations and DNS records: other tools read them",
            "Time limit and retries of an exposure that declares none: by default Istio has no limit and two retries",
        ),
    ),
}
"""Each tool, by its folder in tools/operators."""
