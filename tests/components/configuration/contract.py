"""How a provider of secrets is put to the contract: what each feature looks like, by its documentation."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from kmop_constructs import Generated, KmopChart, Leased, Platform, RemoteKey, RemoteSecrets
from kmop_constructs.authors import SecretsFactory
from kmop_constructs.components.configuration.base import SecretFeature
from kmop_constructs.components.configuration.spec import SecretSource
from kmop_constructs.providers.external_secrets import ExternalSecrets
from kmop_constructs.testing import Synthesized, synthesize
from tests.components.api_gateway.contract import Drawn, Missing

from cdk8s import App

__all__ = ["INTENTS", "Case", "Drawn", "Intent", "Missing", "cases", "drawn"]

STRIPE = RemoteKey("kv/orders", "stripe")
LEASE = timedelta(hours=3)
LOGIN = {
    "password": Leased("database/creds/orders", "password", lifetime=LEASE),
    "user": Leased("database/creds/orders", "username", lifetime=LEASE),
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Intent:
    """A `RemoteSecrets` with the name ``keys`` in the namespace ``shop``."""

    keys: Mapping[str, SecretSource]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    copied: bool = False
    """Whether the Secret is also copied to the namespace ``billing``."""


ONE = Intent(keys={"STRIPE_KEY": STRIPE})
INTENTS: Mapping[SecretFeature, tuple[Intent, Intent]] = {
    "remote": (ONE, Intent(keys={"STRIPE_KEY": RemoteKey("kv/orders", "other")})),
    "whole_value": (Intent(keys={"STRIPE_KEY": RemoteKey("kv/orders")}), ONE),
    "version": (Intent(keys={"STRIPE_KEY": RemoteKey("kv/orders", "stripe", version="3")}), ONE),
    "generated": (Intent(keys={"password": Generated(40)}), Intent(keys={"password": Generated(40, symbols=True)})),
    "leased": (Intent(keys=LOGIN), Intent(keys={"user": LOGIN["user"]})),
    "copy": (Intent(keys={"password": Generated()}, copied=True), Intent(keys={"password": Generated()})),
    "refresh": (Intent(keys=ONE.keys, settings={"refresh": timedelta(minutes=90)}), ONE),
    "once": (Intent(keys=ONE.keys, settings={"refresh": None}), ONE),
    "keep": (ONE, Intent(keys=ONE.keys, settings={"remote_deleted": "delete"})),
    "delete": (Intent(keys=ONE.keys, settings={"remote_deleted": "delete"}), ONE),
    "type": (Intent(keys=ONE.keys, settings={"type": "example.com/stripe"}), ONE),
    "labels": (Intent(keys=ONE.keys, settings={"labels": {"example.com/reads": "true"}}), ONE),
}
"""For each feature an intent with it, and one that differs in it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Case:
    """A provider in the contract."""

    provider: Any
    """The class."""

    secrets: SecretsFactory
    """It, with everything named that it may need."""

    plain: SecretsFactory | None = None
    """It, without what a feature needs (`Can.needs`). Default: no feature needs anything."""

    expected: Mapping[SecretFeature, Sequence[Drawn | Missing]]
    """What its documentation says that each intent is, for every feature that it can. Written by hand."""

    same: frozenset[SecretFeature] = frozenset()
    """Features that change no object, such as those of a provider that draws nothing. Default: none."""

    @property
    def name(self) -> str:
        """For the names of tests."""
        return self.provider.__name__


def drawn(intent: Intent, secrets: SecretsFactory) -> Synthesized:
    """All objects of an app with the intent."""
    app, platform = App(), Platform(secrets=secrets)
    # The origin of a copy is made by a provider that can generate: the copy alone is put to the contract.
    origin = Platform(secrets=ExternalSecrets) if intent.copied else platform
    chart = KmopChart(app, "shop", namespace="shop", platform=origin)
    keys = RemoteSecrets(chart, "keys", keys=intent.keys, **intent.settings)
    if intent.copied:
        keys.copied_to(KmopChart(app, "billing", namespace="billing", platform=platform))
    return synthesize(app)


def cases() -> list[Case]:
    """Every case: the modules ``expect_secrets.py`` in the rooms of the tests of providers."""
    rooms = Path(__file__).parents[2] / "providers"
    names = sorted(path.parent.name for path in rooms.glob("*/expect_secrets.py"))
    found = [importlib.import_module(f"tests.providers.{name}.expect_secrets").CASE for name in names]
    return sorted(found, key=lambda case: case.name)
