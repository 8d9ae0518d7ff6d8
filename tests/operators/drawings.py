"""What the library draws for each tool in the tests of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.systems import render

CERT_MANAGER = "cert-manager.io/"
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
}
"""Each tool, by its folder in tools/operators."""
