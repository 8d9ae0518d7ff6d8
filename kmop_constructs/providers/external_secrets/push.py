"""Values of a Secret that External Secrets writes to a store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from kmop_constructs.components.configuration.spec import RemoteKey
from kmop_constructs.components.configuration.vault import VaultAccess, vault_name
from kmop_constructs.components.configuration.verbs import SecretVerbs
from kmop_constructs.core.derived import agree
from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.made import WritesRemote
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.core.subject import Subject
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.external_secrets.provider import checked_store
from kmop_constructs.providers.external_secrets.store import ClusterSecretStore, SecretStore, StoreKind, draw_store
from kmop_constructs.providers.external_secrets.values import FakeStore, StoreValue, VaultStore
from kmop_constructs.values.durations import go_duration
from kmop_constructs.values.names import dns_label, made_by, mapping, one_of
from kmop_constructs.values.quantity import seconds
from kmop_constructs.workloads.platform import placed_platform

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.typings import external_secrets_io as eso

__all__ = ["PushSecret"]


class PushSecret(Placed, Construct):
    """Writes keys of a Secret to a store: ``PushSecret(chart, "push", secret=login, store="vault-prod", keys={"password": …})``.

    For generated passwords that others read from the store. External Secrets does not overwrite a secret of Vault that it has not
    written itself. Two constructs that write one value are a finding of the rule
    ``secret-owner``. https://external-secrets.io/latest/guides/pushsecrets/
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        secret: SecretVerbs,
        keys: Mapping[str, RemoteKey],
        store: str | SecretStore | ClusterSecretStore | StoreValue,
        kind: StoreKind = "ClusterSecretStore",
        refresh: timedelta = timedelta(hours=1),
        existing: Literal["replace", "keep"] = "replace",
        removed: Literal["keep", "delete"] = "keep",
    ) -> None:
        """Draw the PushSecret, and for a store value its SecretStore and account.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the PushSecret.
            secret: The Secret: a `RemoteSecrets`, `NativeSecret` or `ExistingSecret` of the namespace.
            keys: Where each key is written: ``{"password": RemoteKey("kv/{environment}/db", "password")}``. Placeholders of paths
                are replaced as in `RemoteSecrets`.
            store: Name of an existing store, a `SecretStore` or `ClusterSecretStore` of this app, or a value such as `VaultStore`.
            kind: Kind of the existing store. Default: ``ClusterSecretStore``.
            refresh: Interval at which the values are compared and written again. Default: 1 hour, the default of External Secrets.
            existing: What happens to a value that the store has: ``replace`` it, or ``keep`` it. Default: ``replace``.
            removed: What happens to the values when the PushSecret is removed: ``keep`` them, or ``delete`` them, which needs a
                store that stays: not a value, whose account is removed with the PushSecret. Default: ``keep``, because others may
                read them.

        Raises `SpecError` for a wrong value.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: secret", secret, SecretVerbs, secret=True)
        seconds(f"{where}: refresh", refresh)
        one_of(f"{where}: existing", existing, Literal["replace", "keep"])
        one_of(f"{where}: removed", removed, Literal["keep", "delete"])
        name = dns_label(f"{where}: name (the id)", id)
        chart, cluster = self._place.chart, placed_platform(self._place, None)
        self.subject = Subject(
            path=where,
            id=id,
            name=name,
            namespace=chart.namespace,
            chart=chart.path,
            labels=standard_labels(name),
            cluster=cluster,
        )
        """Name, namespace and labels of the PushSecret."""
        found = checked_store(f"{where}: ", store, kind)
        if found is None or isinstance(found, FakeStore):
            raise bad(
                f"{where}: store",
                "not a store that can be written",
                found,
                "write VaultStore(…), or the name of a store",
            )
        if removed == "delete" and not isinstance(found, tuple):
            # External Secrets deletes the values before the PushSecret, and the account would be gone: it would never end.
            raise bad(
                f"{where}: removed",
                "the account of this store is removed together with the PushSecret, so nothing could delete the values",
                removed,
                "name a store that stays: SecretStore(…) or ClusterSecretStore(…); or leave it out",
            )
        written = self._written(keys, secret)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        given: list[object] = []
        reference: eso.PushSecretSecretStoreRef
        if isinstance(found, tuple):
            reference = {"name": found[1], "kind": found[0]}
            place = f"{found[0]} {found[1]}" if found[0] == "ClusterSecretStore" else f"{self.subject.scope} {found[1]}"
        else:
            account = draw_store(self, self.subject, found)
            reference = {"name": name, "kind": "SecretStore"}
            place = repr(found)
            if isinstance(found, VaultStore):
                place = f"{found.server} {found.namespace or ''}".strip()
                given.append(self._access(found, account, written))
        remote: dict[str, RemoteKey] = {}
        for key, each in written.items():
            path = each.path if isinstance(found, tuple) else found.key(f"{where}: keys[{key!r}]", each.path)
            remote[key] = RemoteKey(path, each.property)
            given.append(WritesRemote(store=place, path=each.path, field=each.property))
        literal: eso.PushSecret = {
            "apiVersion": "external-secrets.io/v1alpha1",
            "kind": "PushSecret",
            "metadata": {"name": name, "labels": dict(self.subject.labels)},
            "spec": {
                "refreshInterval": go_duration(refresh),
                "updatePolicy": "Replace" if existing == "replace" else "IfNotExists",
                "deletionPolicy": "Delete" if removed == "delete" else "None",
                "secretStoreRefs": [reference],
                "selector": {"secret": {"name": secret.key(next(iter(written))).name}},
                "data": [{"match": {"secretKey": key, "remoteRef": _pushed(each)}} for key, each in remote.items()],
            },
        }
        Manifest(self, "push-secret", literal)
        give(self, *given)

    def _written(self, keys: Mapping[str, RemoteKey], secret: SecretVerbs) -> dict[str, RemoteKey]:
        where, subject = f"{self.path}: keys", self.subject
        found: dict[str, RemoteKey] = {}
        for key, each in mapping(where, keys).items():
            secret.key(key)
            made_by(f"{where}[{key!r}]", each, RemoteKey, secret=True)
            if each.version is not None:
                raise bad(f"{where}[{key!r}]", "a version, which the store itself gives", each.version, "leave it out")
            path = fill_placeholders(f"{where}[{key!r}]", each.path, subject.cluster, {"namespace": subject.namespace})
            found[key] = RemoteKey(path, each.property)
        if not found:
            raise SpecError(f"{where}: empty; write the keys to push, each with its place in the store")
        return dict(sorted(found.items()))

    def _access(self, store: VaultStore, account: str, keys: Mapping[str, RemoteKey]) -> VaultAccess:
        """Return the rights that External Secrets documents, on exactly the paths that are written.

        https://external-secrets.io/latest/provider/hashicorp-vault/#pushsecret
        """
        subject = self.subject
        if subject.namespace is None:
            raise SpecError(
                f"{self.path}: a role of Vault is bound to a namespace, and its chart has none; set it: KmopChart(…, namespace=…)"
            )
        inside = {store.key(f"{self.path}: keys[{key!r}]", each.path) for key, each in keys.items()}
        paths = tuple(sorted(f"{store.path}/{part}/{each}" for each in inside for part in ("data", "metadata")))
        role = vault_name("VaultStore.role", store.role, subject)
        agree(
            self._place,
            ("role of Vault", f"{store.server} {store.namespace or ''} {store.mount}", role),
            {"account": account, "namespace": subject.namespace},
            hint="give each account a role of its own: VaultStore(role='{namespace}-{name}')",
        )
        return VaultAccess(
            server=store.server,
            vault_namespace=store.namespace,
            mount=store.mount,
            role=role,
            account=account,
            namespace=subject.namespace,
            audience=store.audience,
            writes=paths,
        )


def _pushed(source: RemoteKey) -> eso.PushSecretDataMatchRemoteRef:
    found: eso.PushSecretDataMatchRemoteRef = {"remoteKey": source.path}
    if source.property is not None:
        found["property"] = source.property
    return found
