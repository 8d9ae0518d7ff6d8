"""Secrets by External Secrets: every source and setting, workloads that read them, copies, and values that are written to a store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from kmop_constructs import (
    Generated,
    Image,
    InlineSecret,
    KmopChart,
    Microservice,
    Platform,
    RemoteKey,
    RemoteSecrets,
    Schedule,
    ScheduledTask,
    ScheduledTaskSpec,
    ServiceSpec,
    StatefulService,
    StatefulSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.external_secrets import (
    ClusterSecretStore,
    ExternalSecrets,
    FakeStore,
    PushSecret,
    SecretStore,
)
from kmop_constructs.providers.reloader import Reloader

from cdk8s import App

ENVIRONMENT = "production"
SHARED, EXCHANGE = "vault-shared", "exchange"
"""Stores of the platform team: one to read, one in which a generated password is left for others."""
CLUSTER = "cluster-vault"
"""A store that the apps name and the tests make: a namespace as a store."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "kv/production/orders": {"stripe": "sk-production", "webhook": "wh-production"},
    "kv/staging/orders": {"stripe": "sk-staging", "webhook": "wh-staging"},
    "kv/production/mail": {"password": "mail-production"},
    "kv/production/license": {"owner": "acme", "seats": "20"},
}
"""What the stores have, by path and field."""

_FAKE = FakeStore({path: {name: InlineSecret(text) for name, text in each.items()} for path, each in VALUES.items()})
_IMAGE = Image("ghcr.io/acme/app:1.4.2")
_SOON = timedelta(seconds=2)
_STRIPE = RemoteKey("kv/{environment}/orders", "stripe")
_WEB = ServiceSpec(image=_IMAGE, port=8080)


def _chart(app: App, name: str, store: FakeStore | ClusterSecretStore) -> KmopChart:
    secrets = partial(ExternalSecrets, store=store)
    platform = Platform(environment=ENVIRONMENT, secrets=secrets, reload=Reloader())
    return KmopChart(app, name, namespace=name, platform=platform)


def build(app: App) -> None:
    """Draw the platform team's stores, a shop, and two namespaces that get some of its secrets."""
    team = KmopChart(app, "secrets-team", namespace="secrets-team", platform=Platform(environment=ENVIRONMENT))
    shared = ClusterSecretStore(team, SHARED, provider=_FAKE, namespaces=["partners"])
    exchange = ClusterSecretStore(team, EXCHANGE, provider=FakeStore({}), namespaces=["billing", "shop"])

    shop, billing = _chart(app, "shop", _FAKE), _chart(app, "billing", _FAKE)
    partners = _chart(app, "partners", shared)
    _shop(shop, billing)
    _exchange(shop, billing, exchange)
    both = RemoteSecrets(partners, "stripe", keys={"STRIPE_KEY": _STRIPE}, refresh=_SOON)
    Microservice(partners, "portal", _WEB, uses=[both.as_env("STRIPE_KEY")])


def _shop(shop: KmopChart, billing: KmopChart) -> None:
    keys = {"STRIPE_KEY": _STRIPE, "WEBHOOK_KEY": RemoteKey("kv/{environment}/orders", "webhook")}
    stripe = RemoteSecrets(shop, "stripe", keys=keys, refresh=_SOON)
    mail = RemoteSecrets(shop, "mail", keys={"password": RemoteKey("kv/production/mail", "password")}, refresh=_SOON)
    license_ = RemoteSecrets(
        shop,
        "license",
        keys={"license.json": RemoteKey("kv/production/license")},
        type="acme.io/license",
        refresh=_SOON,
    )
    once = RemoteSecrets(shop, "once", keys={"STRIPE_KEY": _STRIPE}, refresh=None)
    gone = RemoteSecrets(shop, "gone", keys={"STRIPE_KEY": _STRIPE}, refresh=_SOON, remote_deleted="delete")
    db = RemoteSecrets(shop, "db", keys={"password": Generated(), "admin": Generated(48, symbols=True)}, refresh=_SOON)
    mixed = RemoteSecrets(shop, "mixed", keys={"cookie": Generated(64), "STRIPE_KEY": _STRIPE}, refresh=None)

    Microservice(shop, "orders", _WEB, uses=[stripe.as_env("STRIPE_KEY"), once.as_env(FIRST_KEY="STRIPE_KEY")])
    Microservice(shop, "catalog", _WEB, uses=[mail.file("password", at="/run/mail/password")])
    Microservice(shop, "front", _WEB)
    Worker(shop, "hooks", WorkerSpec(image=_IMAGE), uses=[stripe.as_env("WEBHOOK_KEY"), mixed.as_env(COOKIE="cookie")])
    StatefulService(shop, "ledger", StatefulSpec(image=_IMAGE, port=9000), uses=[db.directory("/run/db")])
    nightly = ScheduledTaskSpec(image=_IMAGE, schedule=Schedule("0 3 * * *"))
    ScheduledTask(shop, "report", nightly, uses=[license_.directory("/run/license"), gone.as_env("STRIPE_KEY")])

    there = [db.copied_to(billing, "shop-db"), stripe.copied_to(billing, "shop-stripe")]
    edges = [there[0].as_env(DB_PASSWORD="password"), there[1].as_env("STRIPE_KEY")]
    Worker(billing, "invoices", WorkerSpec(image=_IMAGE), uses=edges)


def _exchange(shop: KmopChart, billing: KmopChart, exchange: ClusterSecretStore) -> None:
    login = RemoteSecrets(shop, "login", keys={"password": Generated(24)})
    left = {"password": RemoteKey("{environment}/login")}
    PushSecret(shop, "leave-login", secret=login, keys=left, store=exchange, refresh=_SOON)
    copied = {"password": RemoteKey("login-copy", "token")}
    PushSecret(shop, "copy-login", secret=login, keys=copied, store=CLUSTER, kind="SecretStore", removed="delete")
    stays = {"password": RemoteKey("login-stay", "token")}
    PushSecret(shop, "stay-login", secret=login, keys=stays, store=CLUSTER, kind="SecretStore")
    own = SecretStore(shop, "shelf", provider=FakeStore({"login": {"password": InlineSecret("of-somebody-else")}}))
    kept = {"password": RemoteKey("login", "password")}
    PushSecret(shop, "keep-login", secret=login, keys=kept, store=own, existing="keep")
    for chart, name, keys, store in ((billing, "partner-login", left, exchange), (shop, "shelf-login", kept, own)):
        platform = Platform(environment=ENVIRONMENT, secrets=partial(ExternalSecrets, store=store))
        RemoteSecrets(chart, name, keys=keys, refresh=_SOON, platform=platform)
