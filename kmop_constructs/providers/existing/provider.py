"""The provider of stores that are already running, in a cloud or of another team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.base import RunningStore, StoreNames
from kmop_constructs.components.data.etcd import EtcdVerbs
from kmop_constructs.components.data.kafka.existing import ExistingKafka
from kmop_constructs.components.data.store_spec import EtcdSpec
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, shown
from kmop_constructs.providers.existing.stores import (
    ExistingElasticsearch,
    ExistingMongo,
    ExistingMySql,
    ExistingPostgres,
    ExistingRabbitMq,
    ExistingRedis,
)
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, several

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.topic import TopicDrawn
    from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, ExchangeDrawn, QueueDrawn
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.store_spec import StoreSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.pods import Peer

__all__ = ["ExistingStore", "ExistingStoreProvider"]

ExistingStore: TypeAlias = (
    ExistingElasticsearch
    | ExistingKafka
    | ExistingMongo
    | ExistingMySql
    | ExistingPostgres
    | ExistingRabbitMq
    | ExistingRedis
)

NotOurs: TypeAlias = Literal[
    "settings",
    "init_scripts",
    "extensions",
    "indices",
    "provision",
    "generation",
    "users",
    "accepts",
    "credentials",
    "admin_password",
    "certificate",
    "metrics",
    "password",
    "quota",
    "topics",
    "queues",
]
"""Values that a store may have and that only its operator can apply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingStoreProvider:
    """Draws nothing: callers of a store get the address and login of a store that is already running.

    ``Platform(postgres=ExistingStoreProvider({"orders-db": ExistingPostgres("db.acme.io", database="orders", …)}))``

    The operator of the store is the team or the cloud that runs it. Values of the spec that only this operator can apply
    are an error, unless `leaves_out` names them.
    """

    stores: Mapping[str, RunningStore] = field(kw_only=False)
    """The running stores, by the name of the store in the app: `ExistingPostgres` and the others of its kind, and `ExistingEtcd`."""

    leaves_out: tuple[NotOurs, ...] = ()
    """Values of specs that are ignored with a notice instead of an error, because the operator of the store applies
    them; callers always get the login of the running store. Default: none, each is an error."""

    def __post_init__(self) -> None:
        stores = mapping("ExistingStoreProvider.stores", self.stores)
        for name, store in stores.items():
            if not (isinstance(store, EtcdVerbs) and isinstance(store, RunningStore)):
                kinds = cast("tuple[type, ...]", ExistingStore.__args__)
                made_by(f"ExistingStoreProvider.stores[{shown(name)}]", store, *kinds)
        object.__setattr__(self, "stores", frozen(dict(sorted(stores.items()))))
        object.__setattr__(self, "leaves_out", several("ExistingStoreProvider.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of("ExistingStoreProvider.leaves_out", each, NotOurs)

    def names(self, subject: Subject, spec: StoreSpec, /) -> StoreNames:
        """Return address and login of the running store."""
        there = self.stores.get(subject.name)
        if there is None:
            known = ", ".join(map(repr, self.stores)) or "none"
            raise SpecError(f"{subject.path}: the platform's provider has no running store of this name, got {subject.name!r}, has "
                            f"{known}; add it to ExistingStoreProvider.stores")  # fmt: skip
        names = there.store_names()
        wanted = getattr(spec, "database", None)
        if wanted is not None and wanted != names.primary.database:
            raise SpecError(f"{subject.path}: database: not that of the running store {names.primary.database!r}, got {wanted!r}; "
                            "use the same name in both")  # fmt: skip
        host = getattr(spec, "virtual_host", "/")
        if host not in ("/", names.primary.database):
            raise SpecError(f"{subject.path}: virtual_host: not that of the running store {names.primary.database!r}, got {host!r}; "
                            "use the same name in both, or leave it out")  # fmt: skip
        return names

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: StoreSpec, accepts: tuple[Peer, ...]
    ) -> _Runs:
        """Draw nothing, and report values that are ignored. The platform calls this.

        Raises `UnsupportedError` for a value that only the operator of the store can apply, unless `leaves_out` names
        it, and for credentials, a password or an administrator's password other than the login of the running store.
        """
        notices: list[Finding] = []
        for name, why, do in _not_ours(intent, accepts, self.stores[subject.name]):
            if name not in self.leaves_out:
                raise UnsupportedError(
                    f"{subject.path}: {name}: {why}; {do}, or ignore it with a notice: "
                    f"ExistingStoreProvider(…, leaves_out=({name!r},))"
                )
            message = f"{name} of its spec is left to the operator of the store, as leaves_out of the platform's provider says"
            notices.append(Finding(path=subject.path, rule="left-out", severity="notice", message=message))
        running = self.stores[subject.name].store_names().primary.where
        return _Runs(scope, id, (*notices, AsDrawn(provision=None, holder=running)))

    def topic(self, scope: Construct, id: str, /, *, subject: Subject, kafka: Subject, intent: TopicDrawn) -> _Runs:
        """Draw nothing, and report the topic. The platform calls this.

        Raises `UnsupportedError`, because the operator of the Kafka makes its topics, unless `leaves_out` names ``topics``.
        """
        del subject, kafka
        if "topics" not in self.leaves_out:
            raise UnsupportedError(
                f"{intent.path}: topics of a running Kafka are made by its operator; write ExistingTopic(…), or ignore it with a "
                "notice: ExistingStoreProvider(…, leaves_out=('topics',))"
            )
        message = "is made by the operator of the Kafka, as leaves_out of the platform's provider says"
        return _Runs(scope, id, (Finding(path=intent.path, rule="left-out", severity="notice", message=message),))

    def exchange(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: ExchangeDrawn
    ) -> _Runs:
        """Draw nothing, and report the exchange. The platform calls this.

        Raises `UnsupportedError`, because the operator of the broker makes it, unless `leaves_out` names ``queues``.
        """
        del subject, broker
        return self._of_broker(scope, id, intent.path, "exchanges", "write ExistingExchange(…)")

    def queue(self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: QueueDrawn) -> _Runs:
        """Draw nothing, and report the queue; see `exchange`."""
        del subject, broker
        return self._of_broker(scope, id, intent.path, "queues", "write ExistingQueue(…)")

    def binding(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: BindingDrawn
    ) -> _Runs:
        """Draw nothing, and report the binding; see `exchange`."""
        del subject, broker
        return self._of_broker(scope, id, intent.path, "bindings", "remove it")

    def _of_broker(self, scope: Construct, id: str, path: str, what: str, do: str) -> _Runs:
        if "queues" not in self.leaves_out:
            raise UnsupportedError(
                f"{path}: {what} of a running RabbitMQ are made by its operator; {do}, or ignore it with a notice: "
                "ExistingStoreProvider(…, leaves_out=('queues',))"
            )
        message = "is made by the operator of the RabbitMQ, as leaves_out of the platform's provider says"
        return _Runs(scope, id, (Finding(path=path, rule="left-out", severity="notice", message=message),))


class _Runs(Placed, Construct):
    """The construct of a running store, which draws nothing."""

    def __init__(self, scope: Construct, id: str, gives: tuple[object, ...]) -> None:
        self._place = place_of(scope).child(id)
        self.gives = gives
        """The notices of ignored values."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))


def _not_ours(spec: Any, accepts: tuple[Peer, ...], store: RunningStore) -> Iterator[tuple[NotOurs, str, str]]:
    """Yield the values that only the operator of the store can apply, each with the reason and what to do."""
    why = "not supported, because this store is already running and its operator decides it"
    values: dict[NotOurs, object] = {
        "settings": spec.settings,
        "init_scripts": getattr(spec, "init_scripts", None),
        "extensions": getattr(spec, "extensions", None),
        "indices": getattr(spec, "indices", ("*",)) != ("*",),
        "provision": spec.provision is not None,
        "generation": getattr(spec, "generation", 1) != 1,
        "metrics": getattr(spec, "metrics", None) is not None,
        "accepts": accepts,
    }
    for name, value in values.items():
        if value:
            yield name, why, "remove it"
    if isinstance(spec, EtcdSpec):
        yield from _not_of_etcd(spec, store)
    running: Credentials | None = getattr(store, "credentials", None)
    there: Mapping[str, Credentials] = getattr(store, "users", {})
    for name, user in getattr(spec, "users", {}).items():
        if name not in there or _users(user.credentials) != _users(there[name]):
            has = _shown(there[name]) if name in there else "not known"
            why = f"the login of {name!r} in the running store is {has}, got {_shown(user.credentials)}"
            yield "users", why, "give the running store the same users: ExistingPostgres(…, users={…})"
        if user.roles != type(user)(credentials=user.credentials).roles:
            why = f"the roles of {name!r} are given by the operator of the store, got {', '.join(user.roles)}"
            yield "users", why, "leave roles out"
    login: Credentials | None = getattr(spec, "credentials", None)
    if login is not None and (running is None or _users(login) != _users(running)):
        has = "has none here" if running is None else f"is {_shown(running)}"
        why = f"not the login of the running store, which {has}, got {_shown(login)}"
        yield "credentials", why, "use the same credentials in ExistingStoreProvider.stores"
    password: SecretKey | None = getattr(spec, "password", None)
    if password is not None and (running is None or _key(password) != _key(running.password)):
        has = "has none here" if running is None else f"has {_key(running.password)}"
        why = f"not the password of the running store, which {has}, got {_key(password)}"
        yield (
            "password",
            why,
            "use the same password in ExistingStoreProvider.stores: credentials=Credentials(password=…)",
        )
    administrator: SecretKey | None = getattr(spec, "admin_password", None)
    if administrator is not None and (running is None or _key(administrator) != _key(running.password)):
        why = f"the administrator's password of a running store cannot be set, got {_key(administrator)}"
        yield "admin_password", why, "remove it"


def _not_of_etcd(spec: EtcdSpec, store: RunningStore) -> Iterator[tuple[NotOurs, str, str]]:
    """Yield what only the operator of a running etcd can apply."""
    why = "not supported, because this store is already running and its operator decides it"
    if spec.quota is not None:
        yield "quota", why, "remove it"
    tls = store.store_names().primary.tls
    usual = EtcdSpec(version=spec.version).certificate
    if spec.certificate is None and tls:
        yield "certificate", "None, and the running store speaks TLS", "remove it"
    elif spec.certificate is not None and not tls:
        yield "certificate", "the running store speaks no TLS", "write certificate=None, or ExistingEtcd(…, tls=True)"
    elif spec.certificate is not None and (spec.certificate != usual or not spec.client_certificates):
        yield "certificate", why, "remove it, and client_certificates too"


def _users(login: Credentials) -> tuple[str | None, str]:
    return (_key(login.user) if isinstance(login.user, SecretKey) else login.user, _key(login.password))


def _shown(login: Credentials) -> str:
    user, password = _users(login)
    return f"user {user} with password {password}"


def _key(reference: SecretKey) -> str:
    """Return a reference as text. It does not depend on fields such as `SecretKey.external`."""
    return f"SecretKey({reference.name!r}, {reference.key!r})"
