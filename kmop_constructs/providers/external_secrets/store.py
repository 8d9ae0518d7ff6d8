"""SecretStores: how External Secrets reaches a store, drawn for one Secret or by a platform team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.core.subject import Subject
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.external_secrets.values import StoreValue, account_reference, store_values
from kmop_constructs.values.names import dns_label, dns_subdomain, made_by, several
from kmop_constructs.workloads.platform import placed_platform

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.typings import external_secrets_io as eso

__all__ = ["ClusterSecretStore", "SecretStore", "Store", "StoreKind", "draw_account", "draw_store"]

StoreKind = Literal["SecretStore", "ClusterSecretStore"]


def draw_account(scope: Construct, subject: Subject, name: str, store: StoreValue) -> None:
    """Draw the ServiceAccount as which a store is read. No pod runs as it."""
    metadata: dict[str, Any] = {"name": name, "labels": dict(subject.labels)}
    annotations = store.annotations(subject)
    if annotations:
        metadata["annotations"] = dict(annotations)
    literal = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "automountServiceAccountToken": False,
    }
    Manifest(scope, "account", literal)


def draw_store(scope: Construct, subject: Subject, store: StoreValue) -> str:
    """Draw a SecretStore with the name of the subject, and its account, and return the name of the account."""
    account = f"{subject.name}-secrets"
    if store.has_account:
        draw_account(scope, subject, account, store)
    literal: eso.SecretStore = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": subject.name, "labels": dict(subject.labels)},
        "spec": {"provider": cast("Any", dict(store.provider(subject, account_reference(account))))},
    }
    Manifest(scope, "store", literal)
    return account


class Store(Placed, Construct):
    """A store that several Secrets read, as one account."""

    kind: ClassVar[StoreKind]
    """Kind of the store."""

    def _draw(self, scope: Construct, id: str, provider: StoreValue, conditions: Sequence[Any]) -> None:
        self._place = place_of(scope).child(id)
        where = self._place.path
        made_by(f"{where}: provider", provider, *store_values())
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        self.name = dns_subdomain(f"{where}: name (the id)", id)
        """Name of the store."""
        self.provider = provider
        """How the store is reached."""
        chart = self._place.chart
        cluster_wide = self.kind == "ClusterSecretStore"
        if cluster_wide and provider.has_account and chart.namespace is None:
            raise SpecError(
                f"{where}: the account of a ClusterSecretStore needs a namespace, and its chart has none; set it: "
                "KmopChart(…, namespace=…)"
            )
        self.subject = Subject(
            path=where,
            id=id,
            name=self.name,
            namespace=chart.namespace,
            chart=chart.path,
            labels=standard_labels(self.name),
            cluster=placed_platform(self._place, None),
        )
        """Name, namespace and labels of the store's objects."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        account = f"{self.name}-secrets"
        if provider.has_account:
            draw_account(self, self.subject, account, provider)
        reference = account_reference(account, namespace=chart.namespace if cluster_wide else None)
        spec: dict[str, Any] = {"provider": dict(provider.provider(self.subject, reference))}
        if conditions:
            spec["conditions"] = list(conditions)
        metadata = {"name": self.name, "labels": dict(self.subject.labels)}
        Manifest(
            self,
            "store",
            {"apiVersion": "external-secrets.io/v1", "kind": self.kind, "metadata": metadata, "spec": spec},
        )


class SecretStore(Store):
    """A store for the Secrets of one namespace, for a platform team: ``SecretStore(chart, "vault", provider=VaultStore(…))``.

    Everyone who may write an ExternalSecret in the namespace reads the store with the rights of its one account. A store value in
    ``partial(ExternalSecrets, store=VaultStore(…))`` gives each Secret an account of its own.
    https://external-secrets.io/latest/api/secretstore/
    """

    kind: ClassVar[StoreKind] = "SecretStore"

    def __init__(self, scope: Construct, id: str, *, provider: StoreValue) -> None:
        """Draw the store and its account.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store.
            provider: How the store is reached: `VaultStore`, `AwsSecretsManager`, ….

        Raises `SpecError` for a wrong value.
        """
        self._draw(scope, id, provider, ())


class ClusterSecretStore(Store):
    """A store for the Secrets of several namespaces, for a platform team; drawn only where it is named.

    ``ClusterSecretStore(chart, "vault-prod", provider=VaultStore(…), namespaces=["shop"])``.
    https://external-secrets.io/latest/api/clustersecretstore/
    """

    kind: ClassVar[StoreKind] = "ClusterSecretStore"

    def __init__(self, scope: Construct, id: str, *, provider: StoreValue, namespaces: Sequence[str]) -> None:
        """Draw the store and its account, which is in the namespace of the chart.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store.
            provider: How the store is reached: `VaultStore`, `AwsSecretsManager`, ….
            namespaces: The namespaces that may use the store. Without them, everyone who may write an ExternalSecret anywhere
                in the cluster would read with the rights of its account.

        Raises `SpecError` for a wrong value, no namespace, or a chart without a namespace.
        """
        where = place_of(scope).child(id).path
        names = several(f"{where}: namespaces", namespaces)
        for each in names:
            dns_label(f"{where}: namespaces", each)
        if not names:
            raise SpecError(
                f"{where}: namespaces: empty, which would admit every namespace; name those that use the store"
            )
        self._draw(scope, id, provider, ({"namespaces": sorted(names)},))
