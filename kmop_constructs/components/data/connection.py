"""The edge between a service and a store: address, login and network policies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import (
    Credentials,
    DatabaseName,
    DataForm,
    Password,
    Prefix,
    UserName,
    data_forms,
)
from kmop_constructs.components.data.technology import Technology
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.edges import Call, ServiceRef
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.address import DefaultEnv, Host, HostPort, PortNumber, Template, Url
from kmop_constructs.values.image import Image

if TYPE_CHECKING:
    from kmop_constructs.components.data.spec import DataEnv
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.env import EnvValue

__all__ = ["Store", "StoreEdge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """Address and login of a store: what a connection is made from."""

    where: str
    """Construct path or description of the store, for messages."""

    name: str
    """The name from which the default variables get their prefix."""

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
        """
        reference = ServiceRef(
            service or subject.name,
            port=technology.port if port is None else port,
            namespace=subject.namespace,
            chart=None if subject.namespace is not None else subject.chart,
        )
        return Store(
            where=subject.path,
            name=subject.name,
            technology=technology,
            call=reference.tcp(env=None),
            database=database,
            credentials=credentials,
            namespace=subject.namespace,
            tls=tls,
        )

    def connection(self, verb: str, env: DataEnv, credentials: Credentials | None) -> StoreEdge:
        """Return the edge for `verb`, the name of a method of the store such as ``read_write``."""
        where = f"{self.where}.{verb}()"
        if credentials is not None and not isinstance(credentials, Credentials):
            got = type(credentials).__name__
            raise SpecError(f"{where}: credentials: not Credentials, got a {got}; write Credentials.of(secret)")
        store = self if credentials is None else replace(self, credentials=credentials, namespace=None)
        forms: tuple[DataForm, ...] = ()
        if isinstance(env, DefaultEnv):
            forms = (Prefix(self._prefix(where)),)
        elif env is not None:
            forms = data_forms(where, env)
        return StoreEdge(source=where, store=store, forms=forms)

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

    waits_with: Image | None = None
    """The image of the init container that waits for the store. Default: none, the caller starts without waiting."""

    def before_start(self, image: Image) -> StoreEdge:
        """Return the same edge for a caller that starts only after the store accepts connections; see `Call.before_start`."""
        return replace(self, waits_with=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the variables of address and login, and the connection."""
        store = self.store
        apart = None not in (store.namespace, caller.namespace) and store.namespace != caller.namespace
        if apart and store.credentials is not None and self.forms:
            raise SpecError(
                f"{caller.path}: {self.source}: its Secret {store.credentials.password.name!r} is in the namespace "
                f"{store.namespace!r}, and pods read only Secrets of their own namespace; name one of {caller.namespace!r}: credentials=…"
            )
        call = store.call if self.waits_with is None else store.call.before_start(self.waits_with)
        env = _Variables(self, store.call.host_for(caller), caller.path).drawn()
        return replace(call.contribution(caller), source=self.source, env=env)


class _Variables:
    """The variables of one caller."""

    def __init__(self, edge: StoreEdge, host: str, where: str) -> None:
        self._store = edge.store
        self._host = host
        self._port = edge.store.call.address.port
        self._where = f"{where}: {edge.source}"
        self._found: dict[str, EnvValue] = {}
        self._texts: dict[str, str] = {}
        self._references: dict[type[UserName | Password], str] = {}
        for form in edge.forms:
            self._add(form)

    def drawn(self) -> dict[str, EnvValue]:
        """Return every variable. Texts come last, because they may refer to the variables of user and password."""
        for name, text in self._texts.items():
            self._found[name] = re.sub(r"\{(user|password|database|host|port|url|path)\}", self._word, text)
        return self._found

    def _add(self, form: DataForm) -> None:
        match form:
            case Prefix():
                for each in self._defaults(form.name):
                    self._add(each)
            case UserName():
                self._put(form.name, self._login(UserName))
                self._references.setdefault(UserName, form.name)
            case Password():
                self._put(form.name, self._login(Password))
                self._references.setdefault(Password, form.name)
            case DatabaseName():
                self._put(form.name, self._database())
            case Host():
                self._put(form.name, self._host)
            case PortNumber():
                self._put(form.name, str(self._port))
            case HostPort():
                self._put(form.name, f"{self._host}:{self._port}")
            case Url():
                self._put(form.name, "")
                self._texts[form.name] = "{url}"
            case Template():
                self._put(form.name, "")
                self._texts[form.name] = form.text

    def _put(self, name: str, value: EnvValue) -> None:
        if name in self._found:
            raise SpecError(f"{self._where}: duplicate variable, got {name!r}; give each form its own name")
        self._found[name] = value

    def _defaults(self, prefix: str) -> list[DataForm]:
        store = self._store
        forms: list[DataForm] = [Host(f"{prefix}_HOST"), PortNumber(f"{prefix}_PORT"), Url(f"{prefix}_URL")]
        if store.database is not None and store.technology.database is not None:
            forms.append(DatabaseName(f"{prefix}_{store.technology.database}"))
        if store.credentials is not None:
            forms.append(Password(f"{prefix}_PASSWORD"))
            if store.credentials.user is not None:
                forms.append(UserName(f"{prefix}_USER"))
        return forms

    def _login(self, part: type[UserName | Password]) -> EnvValue:
        """Return user or password as the value of a variable."""
        credentials = self._store.credentials
        value = None
        if credentials is not None:
            value = credentials.user if part is UserName else credentials.password
        if value is None:
            what = "user" if part is UserName else "password"
            raise SpecError(f"{self._where}: a variable needs the {what}, and the store has none; remove the variable, or set "
                            "credentials=…")  # fmt: skip
        return value

    def _database(self) -> str:
        if self._store.database is None:
            raise SpecError(
                f"{self._where}: a variable needs the name of a database, and the store has none; remove the variable"
            )
        return self._store.database

    def _word(self, found: re.Match[str]) -> str:
        """Return the value of a placeholder in a text."""
        match found[1]:
            case "user":
                return self._in_text(UserName)
            case "password":
                return self._in_text(Password)
            case "database":
                return self._database()
            case "host":
                return self._host
            case "port":
                return str(self._port)
            case "path":
                return "" if self._store.database is None else f"/{quote(self._store.database, safe='')}"
            case _:
                return self._url()

    def _url(self) -> str:
        store = self._store
        login = ""
        if store.credentials is not None and store.technology.login_in_url:
            user = "" if store.credentials.user is None else self._in_text(UserName, quoted=True)
            login = f"{user}:{self._in_text(Password)}"
        return store.technology.url(
            login=login,
            host=self._host,
            port=self._port,
            database=store.database,
            tls=store.tls,
            parameters=store.parameters,
        )

    def _in_text(self, part: type[UserName | Password], *, quoted: bool = False) -> str:
        """Return user or password within a text: a reference to the variable that holds it, which is added if it is missing."""
        value = self._login(part)
        if isinstance(value, str):
            return quote(value, safe="") if quoted else value
        name = self._references.get(part)
        if name is None:
            prefix = re.sub(r"[^A-Z0-9]", "_", self._store.name.upper())
            name = f"{prefix}_{'USER' if part is UserName else 'PASSWORD'}"
            self._put(name, value)
            self._references[part] = name
        return f"$({name})"
