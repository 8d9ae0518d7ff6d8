"""What is read from Vault, and signed by it, as the library draws it: by each tool, in several namespaces and environments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from kmop_constructs import (
    ExistingSecret,
    Image,
    KmopChart,
    Leased,
    Microservice,
    Platform,
    Port,
    RemoteKey,
    RemoteSecrets,
    ServiceCertificate,
    ServiceSpec,
    StatefulService,
    StatefulSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.components.configuration.vault import VaultAccess
from kmop_constructs.outputs import vault_access
from kmop_constructs.providers.cert_manager import CertManager, Issuer, VaultAuthority
from kmop_constructs.providers.external_secrets import ExternalSecrets, VaultStore
from kmop_constructs.providers.vault import VaultPki, VaultSecrets, VaultServer
from kmop_constructs.testing import synthesize
from tests.cluster.api import Object

from cdk8s import App

ADDRESS = "https://127.0.0.1:8200"
AUTHORITY = ExistingSecret("vault-ca").key("ca.crt")
"""The authority of Vault's own certificate, in each namespace."""

LIFETIME = timedelta(hours=1)
SHORT = timedelta(minutes=1)
"""The shortest lease that may be declared."""

ISSUER = "vault-issuer"
SIGNING = "certificates-by-vault"
"""The namespace for which Vault signs requests of cert-manager."""

SECURED = "vault-secured"
"""The namespace for which Vault Secrets Operator gets certificates."""

KINDS = frozenset(
    {
        *("Certificate", "Issuer", "ServiceAccount"),
        *("VaultAuth", "VaultConnection", "VaultDynamicSecret", "VaultPKISecret", "VaultStaticSecret"),
        *("ExternalSecret", "SecretStore"),
    }
)

_STORE = VaultStore(server=ADDRESS, ca=AUTHORITY)
_BY_STORE = partial(ExternalSecrets, store=_STORE)
_SERVER = VaultServer(ADDRESS, ca_secret=AUTHORITY.name)
_BY_OPERATOR = partial(VaultSecrets, connection=_SERVER, revoke=True)
_SPEC = ServiceSpec(image=Image("ghcr.io/acme/app:1.4.2"), port=8080)


def build(app: App) -> None:
    """Draw keys and logins of three namespaces in production, one in staging, and a service with a certificate of Vault."""
    orders = _keys(app, "orders", _BY_STORE)
    _read(orders, "orders", _login(orders, "orders", LIFETIME, refresh=timedelta(minutes=30)))
    _keys(app, "billing", _BY_STORE)
    _keys(app, "staging", _BY_STORE, environment="staging")
    payments = _keys(app, "payments", _BY_OPERATOR)
    _read(payments, "payments", _login(payments, "payments", LIFETIME))
    _login(payments, "short", SHORT)  # no pods could use it: `lease-too-short`
    _certificate(app)
    _certificates_of_the_operator(app)


def roles(folder: Path) -> tuple[VaultAccess, ...]:
    """What whoever administrates Vault gets."""
    app = App(outdir=str(folder))
    build(app)
    return vault_access(app)


def objects(folder: Path) -> list[Object]:
    """The objects that log in to Vault, and each role that it must have as one more."""
    app = App(outdir=str(folder))
    build(app)
    found = [item for item in synthesize(app).objects if item["kind"] in KINDS]
    return [*found, *map(_as_object, vault_access(app))]


def on_cluster(drawn: Sequence[Object]) -> list[Object]:
    """The objects without the roles, which are in Vault."""
    return [item for item in drawn if item["kind"] in KINDS]


def _as_object(access: VaultAccess) -> Object:
    return {"kind": "a role of Vault", "metadata": {"name": access.role}, "commands": access.commands}


def _keys(app: App, name: str, provider: Any, environment: str = "production") -> KmopChart:
    """A chart with a key that has the same name everywhere, so that only the namespace tells its accounts apart."""
    platform = Platform(environment=environment, secrets=provider)
    chart = KmopChart(app, name, namespace=f"vault-{name}", platform=platform)
    keys = RemoteSecrets(chart, "stripe", keys={"STRIPE_KEY": RemoteKey(f"kv/{{environment}}/{name}", "stripe")})
    Microservice(chart, "web", _SPEC, uses=[keys.as_env("STRIPE_KEY")])
    return chart


def _login(chart: KmopChart, name: str, lifetime: timedelta, **options: Any) -> RemoteSecrets:
    keys = {key: Leased(f"database/creds/{name}", key, lifetime=lifetime) for key in ("username", "password")}
    return RemoteSecrets(chart, f"{name}-db", keys=keys, **options)


def _read(chart: KmopChart, name: str, login: RemoteSecrets) -> None:
    Microservice(chart, f"{name}-reports", _SPEC, uses=[login.directory("/etc/db")])


def _certificate(app: App) -> None:
    platform = Platform(environment="production", certificates=CertManager(issuer=ISSUER, kind="Issuer"))
    chart = KmopChart(app, "signed", namespace=SIGNING, platform=platform)
    source = VaultAuthority(
        server=ADDRESS, path="pki/sign/cluster", role="cert-manager", account="vault-issuer", authority=AUTHORITY
    )
    Issuer(chart, ISSUER, source)
    certificate = ServiceCertificate(reloads=True)
    spec = ServiceSpec(image=_SPEC.image, port=Port(8443, tls=True), certificate=certificate)
    Microservice(chart, "payments", spec)


def _certificates_of_the_operator(app: App) -> None:
    """A server, pods with names of their own, and a client, each with a role that signs its names only."""
    platform = Platform(environment="production", certificates=VaultPki(_SERVER))
    chart = KmopChart(app, "secured", namespace=SECURED, platform=platform)
    image, port = _SPEC.image, Port(8443, tls=True)
    brief = ServiceCertificate(duration=timedelta(hours=1), renew_before=timedelta(minutes=59, seconds=30))
    Microservice(chart, "payments", ServiceSpec(image=image, port=port, certificate=brief))
    own = ServiceCertificate(reloads=True)
    StatefulService(chart, "store", StatefulSpec(image=image, port=port, certificate=own))
    Worker(chart, "mail", WorkerSpec(image=image, certificate=own))
