"""The edge between a service and a store: address, login and network policies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials, DataForm, Prefix, RedisSentinel, data_forms
from kmop_constructs.components.data.technology import RABBITMQ, Technology
from kmop_constructs.components.data.uses import UsesStore
from kmop_constructs.components.data.variables import Variables
from kmop_constructs.core.broker import UsesBroker
from kmop_constructs.core.contribution import CallerFact, Contribution
from kmop_constructs.core.edges import Call, ServiceRef
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.trust import Trusted, trusted
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.address import DefaultEnv
from kmop_constructs.values.certificate import ServerTls, Trust
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import flag, made_by
from kmop_constructs.values.quantity import whole

if TYPE_CHECKING:
    from kmop_constructs.components.data.spec import DataEnv
    from kmop_constructs.core.subject import ServiceFacts, Subject

__all__ = ["Login", "Sentinels", "Store", "StoreEdge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """How one caller uses a store."""

    credentials: Credentials | None = None
    """Another login. Default: none, that of the store."""

    user: str | None = None
    """One of the users of the store. Default: none, the owner."""

    authority: Trust | None = None
    """The authority of the server's certificate, in the namespace of the caller. Default: none, that of the store."""

    session: bool = False
    """Whether the caller needs a session of its own, past a pooler. Default: False."""

    connections: int | None = None
    """The most connections that one pod of the caller opens. Default: not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentinels:
    """The Sentinels of a Redis, which tell clients its current primary."""

    call: Call
    """The address of the Sentinels, and the connection that the policies open."""

    master: str
    """Name of the group of instances, which clients ask for."""

    refused: str | None = None
    """Why clients cannot use them. Default: none, they can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """Address and login of a store: what a connection is made from."""

    where: str
    """Construct path or description of the store, for messages."""

    name: str
    """The name from which the default variables get their prefix."""

    folder: str | None = None
    """The folder of its dumps, where nobody names one. Default: none, that of its name."""

    technology: Technology
    """The technology of the store."""

    call: Call
    """The address, and the connection that the policies open."""

    database: str | None = None
    """Name of the database, or of the virtual host. Default: none, the URL names no database."""

    credentials: Credentials | None = None
    """How callers log in. Default: none, callers log in by other means or not at all."""

    namespace: str | None = None
    """Namespace of the Secret of the credentials. Default: not known, and not checked."""

    tls: bool = False
    """Whether the store accepts only TLS. Default: False."""

    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Query parameters of the URL. Default: none."""

    authority: Trust | None = None
    """ConfigMap or Secret with the authority of the server's certificate, in `namespace`. Callers get it as a file and verify the
    server with it. Default: none."""

    users: Mapping[str, Credentials] = field(default_factory=dict[str, Credentials])
    """Logins of further users, by the name for edges. Default: none."""

    writers: frozenset[str] = frozenset()
    """Those of `users` whose roles write data. Default: none, as far as the spec says."""

    foreign: bool = False
    """Whether `credentials` are in the namespace of the caller. Default: False, in `namespace`."""

    foreign_authority: bool = False
    """Whether `authority` is in the namespace of the caller. Default: False, in `namespace`."""

    mode: str | None = None
    """The mode of the pooler behind `call`. Default: none, callers connect to the database."""

    writable: bool = False
    """Whether the address, as that of read replicas, takes writes too, so that only a login keeps a caller from writing.
    Default: False, replicas refuse writes."""

    sentinels: Sentinels | None = None
    """The Sentinels of a Redis. `call` then leads to its current primary, after a fail-over with a delay. Default: none."""

    cluster: bool = False
    """Whether `call` leads to one of several nodes that share the data, so that no URL of one server is true. Default: False."""

    direct: Call | None = None
    """The address past a pooler, for callers that need a session of their own. Default: none, `call` gives each a session."""

    undumped: str | None = None
    """Why a `Dump` and a `Restore` cannot use the store, and what to do. Default: none, they can, as far as the technology has tools."""

    @staticmethod
    def of_service(
        subject: Subject,
        technology: Technology,
        *,
        service: str | None = None,
        port: int | None = None,
        database: str | None = None,
        credentials: Credentials | None = None,
        tls: bool = False,
        authority: Trust | None = None,
        users: Mapping[str, Credentials] | None = None,
        direct: str | None = None,
        mode: str | None = None,
    ) -> Store:
        """Return a store behind a Service in the subject's namespace, which this app or an operator makes.

        Args:
            subject: The store.
            technology: The technology: `StoreSpec.technology`.
            service: Name of the Service. Default: that of the store.
            port: Service port. Default: the standard port of the technology.
            database: The database that callers use. Default: none.
            credentials: How callers log in. Default: none, callers get no login.
            tls: Whether the store accepts only TLS. Default: False.
            authority: The authority of its certificate, in its namespace. Default: none.
            users: Logins of further users, by the name for edges. Default: none.
            direct: Name of the Service past a pooler. Default: none, there is no pooler.
            mode: The mode of the pooler behind `service`. Default: none, there is no pooler.
        """

        def call(name: str) -> Call:
            reference = ServiceRef(
                name,
                port=technology.port if port is None else port,
                namespace=subject.namespace,
                chart=None if subject.namespace is not None else subject.chart,
            )
            return reference.tcp(env=None)

        return Store(
            where=subject.path,
            name=subject.name,
            technology=technology,
            call=call(service or subject.name),
            database=database,
            credentials=credentials,
            namespace=subject.namespace,
            tls=tls or authority is not None,
            authority=authority,
            users=users or {},
            direct=None if direct is None else call(direct),
            mode=mode,
        )

    def check_reader(self, login: Login) -> None:
        """Refuse a login that may write, for a caller that only its login keeps from writing."""
        where, what = f"{self.where}.read_only()", "and only the login would keep the caller from writing"
        do = "name one that may only read: user=… or credentials=…"
        if login.user in self.writers:
            raise bad(f"{where}: user", f"its roles write, {what}", login.user, do)
        given = login.credentials
        if not isinstance(given, Credentials):
            return
        owner = self.credentials
        by_name = isinstance(given.user, str) and owner is not None and given.user == owner.user
        if by_name or given == owner:
            raise bad(f"{where}: credentials", f"those of the owner, {what}", given.user, do, secret=not by_name)
        if given.user is not None and given.user in {
            self.users[each].user for each in self.writers if each in self.users
        }:
            raise bad(f"{where}: credentials", f"those of a user whose roles write, {what}", given.user, do)

    def connection(self, verb: str, env: DataEnv, login: Login) -> StoreEdge:
        """Return the edge for `verb`, the name of a method of the store such as ``read_write``."""
        where = f"{self.where}.{verb}()"
        store = self._with(where, login)
        forms: tuple[DataForm, ...] = ()
        if isinstance(env, DefaultEnv):
            forms = (Prefix(self._prefix(where)),)
        elif env is not None:
            forms = data_forms(where, env)
        return StoreEdge(source=where, store=store, forms=forms, connections=login.connections)

    def _with(self, where: str, login: Login) -> Store:
        """Return the store as one caller uses it."""
        credentials, authority = login.credentials, login.authority
        if credentials is not None and not isinstance(credentials, Credentials):
            got = type(credentials).__name__
            raise SpecError(f"{where}: credentials: not Credentials, got a {got}; write Credentials.of(secret)")
        made_by(f"{where}: authority", authority, ConfigKey, SecretKey, type(None), secret=True)
        flag(f"{where}: session", login.session)
        if login.connections is not None:
            whole(f"{where}: connections", login.connections, lowest=1)
        store = self
        if login.user is not None:
            if credentials is not None:
                raise bad(where, "user and credentials are both set", login.user, "remove one")
            if login.user not in self.users:
                known = ", ".join(map(repr, self.users)) or "none"
                raise bad(f"{where}: user", "not a user of the store", login.user, f"name one of its users: {known}")
            store = replace(store, credentials=self.users[login.user])
        elif credentials is not None:
            store = replace(store, credentials=credentials, foreign=True)
        if authority is not None:
            store = replace(store, authority=authority, tls=True, foreign_authority=True)
        return store.past_pooler() if login.session else store

    def past_pooler(self) -> Store:
        """Return the store as a caller reaches it that needs a session of its own."""
        return self if self.direct is None else replace(self, call=self.direct, mode=None)

    def _prefix(self, where: str) -> str:
        prefix = re.sub(r"[^A-Z0-9]", "_", self.name.upper())
        if prefix[0].isdigit():
            raise bad(where, "no variable name can be made of this name", self.name, "set a prefix: env=Prefix('DB')")
        return prefix


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreEdge:
    """The edge that `read_write`, `read_only` or `connect` of a store returns."""

    source: str
    """The source of the contribution, for messages."""

    store: Store
    """The store to connect to."""

    forms: tuple[DataForm, ...]
    """The forms of the variables."""

    connections: int | None = None
    """The most connections that one pod of the caller opens. Default: not known."""

    from_primary: bool = False
    """Whether a caller that only reads uses the primary. Default: False."""

    waits_with: Image | None = None
    """The image of the init container that waits for the store. Default: none, the caller starts without waiting."""

    beside: tuple[StoreEdge, ...] = ()
    """Other stores to which policies stay open, without variables: those that earlier and later pods of the caller use. Default: none."""

    def before_start(self, image: Image) -> StoreEdge:
        """Return the same edge for a caller that starts only after the store accepts connections; see `Call.before_start`."""
        return replace(self, waits_with=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the variables of address and login, the file of the authority, and the connection."""
        store = self.store
        apart = None not in (store.namespace, caller.namespace) and store.namespace != caller.namespace
        here = f"and pods read only objects of their own namespace; name one of {caller.namespace!r}"
        if apart and self.forms:
            if store.credentials is not None and not store.foreign:
                name = store.credentials.password.name
                raise SpecError(f"{caller.path}: {self.source}: its Secret {name!r} is in the namespace {store.namespace!r}, {here}: "
                                "credentials=…")  # fmt: skip
            if isinstance(store.authority, SecretKey) and not store.foreign_authority:
                name = store.authority.name
                raise SpecError(f"{caller.path}: {self.source}: the Secret {name!r} of its authority is in the namespace "
                                f"{store.namespace!r}, {here}: authority=…")  # fmt: skip
        host = store.call.host_for(caller)
        trust = self._trust(caller, host)
        call = store.call if self.waits_with is None else store.call.before_start(self.waits_with)
        env = Variables(self, host, caller, trust.authority).drawn()
        gives = self._gives(caller)
        opened = call.contribution(caller)
        if store.sentinels is not None and any(isinstance(each, RedisSentinel) for each in self.forms):
            opened = replace(opened, connections=(*opened.connections, store.sentinels.call.connection))
        for other in self.beside:
            kept = replace(other, forms=()).contribution(caller).connections
            opened = replace(opened, connections=(*opened.connections, *kept))
        return replace(opened, source=self.source, env=env, files=trust.files, gives=gives)

    def _gives(self, caller: ServiceFacts) -> tuple[CallerFact | Finding, ...]:
        store = self.store
        verb = self.source.rpartition(".")[2].removesuffix("()")
        used = UsesStore(
            caller=caller.path,
            kind=caller.workload[1],
            application=tuple(sorted(caller.application.items())),
            store=store.where,
            verb=verb,
            database=store.database,
            mode=store.mode,
            primary=verb != "read_only" or self.from_primary,
            user=None if store.credentials is None else f"{store.credentials.user} {store.credentials.password}",
            connections=self.connections,
            variables=" ".join(map(repr, self.forms)),
        )
        if store.technology == RABBITMQ:
            return used, self._broker(caller)
        if self.from_primary:
            message = f"{store.where} has no read replicas here, so it reads from the primary: only its login keeps it from writing"
        elif store.writable:
            message = (
                f"{store.where} takes writes at the address of its replicas too: only its login keeps it from writing"
            )
        else:
            return (used,)
        return used, Finding(path=caller.path, rule="read-only-primary", message=message, severity="notice")

    def _broker(self, caller: ServiceFacts) -> UsesBroker:
        """Return the broker for what reads the length of its queues. Query parameters of the URL are those of the caller's client."""
        store, login = self.store, self.store.credentials
        host = store.call.host_everywhere(caller)
        apart = store.namespace is not None and store.namespace != caller.namespace
        unreadable: str | None = None
        if host is None:
            unreadable = "the chart sets no namespace, which its address needs; set one: KmopChart(…, namespace=…)"
        elif login is not None and apart and not store.foreign:
            unreadable = (
                "its login is a Secret of another namespace; name one of the own namespace: connect(credentials=…)"
            )
        elif isinstance(store.authority, SecretKey) and apart and not store.foreign_authority:
            unreadable = (
                "its authority is in a Secret of another namespace, which must not be copied; use a ConfigMap with it"
            )
        return UsesBroker(
            technology=store.technology.name,
            name=store.name,
            broker=store.where,
            url=store.technology.url(
                login="",
                host=host or store.call.address.host,
                port=store.call.address.port,
                database=store.database,
                tls=store.tls,
                parameters={},
            ),
            connection=store.call.connection,
            tls=store.tls,
            user=None if login is None else login.user,
            password=None if login is None else login.password,
            authority=store.authority,
            unreadable=unreadable,
        )

    def _trust(self, caller: ServiceFacts, host: str) -> Trusted:
        if self.store.authority is None or not self.forms:
            return Trusted()
        tls = ServerTls(authority=self.store.authority)
        return replace(trusted(caller, self.source, host, tls, None, near=True), certificate=None, private_key=None)
