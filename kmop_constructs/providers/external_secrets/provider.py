"""Secrets by External Secrets: an ExternalSecret for each `RemoteSecrets`, and the store, generators and rights that it needs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, cast

from kmop_constructs.components.configuration.base import SecretsSupport, admit_secrets
from kmop_constructs.components.configuration.vault import vault_access_of
from kmop_constructs.core.derived import agree
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.external_secrets.copying import draw_copy_store
from kmop_constructs.providers.external_secrets.generators import draw_lease, draw_password
from kmop_constructs.providers.external_secrets.store import (
    ClusterSecretStore,
    SecretStore,
    Store,
    StoreKind,
    draw_store,
)
from kmop_constructs.providers.external_secrets.supports import SUPPORTS
from kmop_constructs.providers.external_secrets.values import StoreValue, VaultStore, store_values
from kmop_constructs.values.durations import go_duration
from kmop_constructs.values.names import dns_subdomain, made_by, one_of

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import RemoteKey, RemoteSecretsSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import external_secrets_io as eso

__all__ = ["ExternalSecrets", "checked_store"]

_LEASED = "lease_"
"""Prefix of the fields of a login among the values of an ExternalSecret, so that no remote key has the same name."""


class ExternalSecrets(Placed, Construct):
    """Draws an ExternalSecret: ``Platform(secrets=partial(ExternalSecrets, store="vault-prod"))``.

    The store is an existing one by name, or a value such as `VaultStore`, which gives each Secret an account and a SecretStore of
    its own. https://external-secrets.io/latest/api/externalsecret/
    """

    SUPPORTS: ClassVar[SecretsSupport] = SUPPORTS
    """What External Secrets supports."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        subject: Subject,
        intent: RemoteSecretsSpec,
        store: str | SecretStore | ClusterSecretStore | StoreValue | None = None,
        kind: StoreKind = "ClusterSecretStore",
    ) -> None:
        """Draw the ExternalSecret and what it needs. The platform calls this.

        Args:
            scope: The parent construct.
            id: Id of the construct.
            subject: Owner of the Secret.
            intent: Keys of the Secret.
            store: Name of an existing store, a `SecretStore` or `ClusterSecretStore` of this app, or a value such as
                `VaultStore`, for a SecretStore of this Secret alone. Default: none, which is enough for passwords.
            kind: Kind of the existing store. Default: ``ClusterSecretStore``; not used for a construct or a value.

        Raises:
            SpecError: A value is wrong, or keys are read from a store and `store` is not set.
            UnsupportedError: The keys of one Secret do not go together, or need another store.
        """
        self._place = place_of(scope).child(id)
        self._subject, self._intent = subject, intent
        self._store = checked_store(f"{subject.path}: ExternalSecrets.", store, kind)
        admit_secrets(subject, type(self).__name__, self.SUPPORTS, intent)
        self._refuse()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        made = MakesSecret(
            name=subject.name,
            scope=subject.scope,
            keys=tuple(intent.keys),
            rotates=intent.rotates,
            refresh=intent.refresh,
            lifetime=next((each.lifetime for each in intent.leased.values()), None),
        )
        given: list[object] = [made]
        reference = self._reference(given)
        data, data_from = self._data(), self._data_from()
        spec: eso.ExternalSecretSpec = {**self._refreshed()}
        if reference is not None:
            spec["secretStoreRef"] = reference
        spec["target"] = self._target()
        if data:
            spec["data"] = data
        if data_from:
            spec["dataFrom"] = data_from
        literal: eso.ExternalSecret = {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": subject.name, "labels": dict(subject.labels)},
            "spec": spec,
        }
        Manifest(self, "external-secret", literal)
        self.gives = tuple(given)
        """The Secret, and the role of Vault that reads its values."""

    @property
    def _copied(self) -> bool:
        return self._intent.copy_of is not None

    @property
    def _frozen(self) -> bool:
        """Whether passwords are generated here, so that the Secret must never be written again."""
        return bool(self._intent.generated) and not self._copied

    def _refuse(self) -> None:
        where, intent = self._subject.path, self._intent
        if self._frozen and intent.refresh is not None and (intent.remote or intent.leased):
            raise UnsupportedError(
                f"{where}: ExternalSecrets cannot generate a password in a Secret that is read again at an interval, because every "
                "refresh generates new passwords; write one RemoteSecrets for the generated keys, or refresh=None"
            )
        if intent.remote and self._store is None:
            raise SpecError(
                f"{where}: keys are read from a store, and none is set; write partial(ExternalSecrets, store=…) in the platform"
            )
        if intent.leased and not isinstance(self._store, VaultStore):
            raise UnsupportedError(
                f"{where}: ExternalSecrets cannot get a login for a limited time from this store, because its generator has the address "
                "and login of Vault itself; it needs store=VaultStore(…)"
            )
        for key, each in intent.leased.items():
            if not re.fullmatch(r"[A-Za-z_]\w*", each.property):
                raise bad(
                    f"{where}: keys[{key!r}]", "not a field of a login", each.property, "use letters, digits and '_'"
                )

    def _refreshed(self) -> eso.ExternalSecretSpec:
        if self._intent.refresh is None or self._frozen:
            return {"refreshPolicy": "CreatedOnce"}
        return {"refreshPolicy": "Periodic", "refreshInterval": go_duration(self._intent.refresh)}

    def _reference(self, given: list[object]) -> eso.ExternalSecretSecretStoreRef | None:
        """Draw the store of this Secret, and return the reference to it. ``None`` if no key is read from it."""
        subject, intent, store = self._subject, self._intent, self._store
        if not (intent.remote or intent.leased) or store is None:
            return None
        if isinstance(store, tuple):
            kind, name = store
            return {"name": name, "kind": kind}
        account = draw_store(self, subject, store)
        if isinstance(store, VaultStore):
            access = vault_access_of(
                subject,
                intent,
                server=store.server,
                account=account,
                kv=store.path,
                mount=store.mount,
                role=store.role,
                audience=store.audience,
                vault_namespace=store.namespace,
            )
            given.append(access)
            agree(
                self._place,
                ("role of Vault", f"{store.server} {store.namespace or ''} {store.mount}", access.role),
                {"account": access.account, "namespace": access.namespace},
                hint="give each account a role of its own: VaultStore(role='{namespace}-{name}')",
            )
        return {"name": subject.name, "kind": "SecretStore"} if intent.remote else None

    def _target(self) -> eso.ExternalSecretTarget:
        """Return how the Secret is made.

        The operator owns it, so that it is deleted with the ExternalSecret. A Secret with a generated password is different: it
        stays, and is never written again, because a database keeps the password for ever
        (https://external-secrets.io/latest/api/externalsecret/#createdonce).
        """
        intent = self._intent
        target: eso.ExternalSecretTarget = {
            "name": self._subject.name,
            "creationPolicy": "Orphan" if self._frozen else "Owner",
            "deletionPolicy": "Delete" if intent.remote_deleted == "delete" else "Retain",
        }
        if self._frozen:
            target["immutable"] = True
        template: eso.PushSecretTemplate = {}
        if intent.type != "Opaque":
            template["type"] = intent.type
        if intent.labels:
            template["metadata"] = {"labels": {**self._subject.labels, **intent.labels}}
        if intent.leased:  # a template has exactly these keys, not every field of the login
            leased = {key: f"{{{{ .{_LEASED}{each.property} }}}}" for key, each in intent.leased.items()}
            others = {key: f"{{{{ index . {json.dumps(key)} }}}}" for key in intent.keys if key not in leased}
            template |= {
                "engineVersion": "v2",
                "mergePolicy": "Replace",
                "data": dict(sorted({**leased, **others}.items())),
            }
        if template:
            target["template"] = template
        return target

    def _data(self) -> list[eso.ExternalSecretData]:
        subject, intent = self._subject, self._intent
        found: dict[str, eso.ExternalSecretData] = {
            key: {"secretKey": key, "remoteRef": self._remote(key, each)} for key, each in intent.remote.items()
        }
        if intent.copy_of is not None and intent.generated:
            store = draw_copy_store(self, subject, intent.copy_of)
            for key in intent.generated:
                found[key] = {
                    "secretKey": key,
                    "remoteRef": {"key": intent.copy_of.name, "property": key},
                    "sourceRef": {"storeRef": {"name": store, "kind": "SecretStore"}},
                }
        return [each for _, each in sorted(found.items())]

    def _remote(self, key: str, source: RemoteKey) -> eso.ExternalSecretDataRemoteRef:
        path, store = source.path, self._store
        if store is not None and not isinstance(store, tuple):
            path = store.key(f"{self._subject.path}: keys[{key!r}]", path)
        found: eso.ExternalSecretDataRemoteRef = {"key": path}
        if source.property is not None:
            found["property"] = source.property
        if source.version is not None:
            found["version"] = source.version
        return found

    def _data_from(self) -> list[eso.ExternalSecretDataFrom]:
        found: list[eso.ExternalSecretDataFrom] = []
        if self._frozen:
            drawn: dict[str, str] = {}
            for key, each in self._intent.generated.items():
                generator = draw_password(self, self._subject, each, drawn)
                found.append(_generated("Password", generator, "^password$", key))
        if self._intent.leased:
            assert isinstance(self._store, VaultStore)
            generator = draw_lease(self, self._subject, self._intent, self._store)
            found.append(_generated("VaultDynamicSecret", generator, "^", _LEASED))
        return found


def _generated(kind: Any, name: str, source: str, target: str) -> eso.ExternalSecretDataFrom:
    return {
        "sourceRef": {
            "generatorRef": {"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": kind, "name": name}
        },
        "rewrite": [{"regexp": {"source": source, "target": target}}],
    }


def checked_store(prefix: str, store: object, kind: StoreKind) -> tuple[StoreKind, str] | StoreValue | None:
    """Return kind and name of an existing store, or the value of one that is drawn. `prefix` begins the messages."""
    where = f"{prefix}store"
    one_of(f"{prefix}kind", kind, StoreKind)
    if isinstance(store, str):
        return kind, dns_subdomain(where, store)
    made_by(where, store, Store, *store_values(), str, type(None), secret=True)
    if isinstance(store, Store):
        return store.kind, store.name
    return cast("StoreValue | None", store)
