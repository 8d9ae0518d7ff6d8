"""The variables by which a caller finds a store and logs in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from kmop_constructs.components.data.spec import (
    DatabaseName,
    DataForm,
    Jdbc,
    LibPq,
    OptionalForm,
    OptionalVariables,
    Password,
    Prefix,
    RedisCluster,
    RedisSentinel,
    TlsEnabled,
    UrlParameters,
    UserName,
)
from kmop_constructs.components.data.technology import POSTGRES
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.values.address import AuthorityFile, Host, HostPort, PortNumber, Template, Url

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import StoreEdge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.env import EnvValue

__all__ = ["Variables"]

_OPTIONAL = "; where another platform's store has it, write OptionalVariables(…)"


_LIBPQ = {
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "client_encoding": "PGCLIENTENCODING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssdelegation": "PGGSSDELEGATION",
    "gssencmode": "PGGSSENCMODE",
    "gsslib": "PGGSSLIB",
    "hostaddr": "PGHOSTADDR",
    "krbsrvname": "PGKRBSRVNAME",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "max_protocol_version": "PGMAXPROTOCOLVERSION",
    "min_protocol_version": "PGMINPROTOCOLVERSION",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
    "service": "PGSERVICE",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcertmode": "PGSSLCERTMODE",
    "sslcompression": "PGSSLCOMPRESSION",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "sslsni": "PGSSLSNI",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""Variables of the parameters of a URL (https://www.postgresql.org/docs/current/libpq-envars.html)."""


class Variables:
    """The variables of one caller."""

    def __init__(self, edge: StoreEdge, host: str, caller: ServiceFacts, authority: str | None) -> None:
        self._store = edge.store
        self._caller = caller
        self._authority = authority
        self._host = host
        self._port = edge.store.call.address.port
        self._where = f"{caller.path}: {edge.source}"
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
            case RedisSentinel():
                self._sentinels(form.prefix)
            case RedisCluster():
                self._cluster(form.prefix)
            case Prefix() | Jdbc() | LibPq() | OptionalVariables():
                for each in self._several(form):
                    self._add(each)
            case UserName() | Password():
                self._put(form.name, self._login(type(form)))
                self._references.setdefault(type(form), form.name)
            case Url():
                self._put(form.name, "")
                self._texts[form.name] = "{url}"
            case Template():
                self._put(form.name, "")
                self._texts[form.name] = form.text
            case _:
                self._put(form.name, self._part(form))

    def _several(self, form: Prefix | Jdbc | LibPq | OptionalVariables) -> list[DataForm]:
        match form:
            case OptionalVariables():
                return [each for each in form.each if self._has(each)]
            case Prefix():
                return self._defaults(form.name)
            case Jdbc():
                return self._jdbc(form.prefix)
            case LibPq():
                return self._libpq()

    def _has(self, form: OptionalForm) -> bool:
        """Return whether the store has what a variable holds."""
        login = self._store.credentials
        match form:
            case UserName():
                return login is not None and login.user is not None
            case Password():
                return login is not None
            case DatabaseName():
                return self._store.database is not None
            case AuthorityFile():
                return self._authority is not None
            case TlsEnabled():
                return self._store.tls
            case UrlParameters():
                return bool(self._parameters())

    def _part(
        self, form: DatabaseName | Host | PortNumber | HostPort | AuthorityFile | TlsEnabled | UrlParameters
    ) -> str:
        match form:
            case AuthorityFile():
                return self._authority_file()
            case TlsEnabled():
                return "true" if self._store.tls else "false"
            case UrlParameters():
                return self._query()
            case DatabaseName():
                return self._database()
            case Host():
                return self._host
            case PortNumber():
                return str(self._port)
            case HostPort():
                return f"{self._host}:{self._port}"

    def _sentinels(self, prefix: str) -> None:
        found = self._store.sentinels
        if found is None:
            raise SpecError(f"{self._where}: RedisSentinel: the store has no Sentinels on this platform; use a URL: env=Prefix('REDIS'), "
                            "or name a provider of the platform that has them")  # fmt: skip
        if found.refused is not None:
            raise UnsupportedError(f"{self._where}: RedisSentinel: {found.refused}")
        self._put(f"{prefix}_SENTINEL_MASTER", found.master)
        self._put(f"{prefix}_SENTINEL_NODES", f"{found.call.host_for(self._caller)}:{found.call.address.port}")
        if self._store.credentials is not None:
            for name in (f"{prefix}_PASSWORD", f"{prefix}_SENTINEL_PASSWORD"):
                self._add(Password(name))

    def _cluster(self, prefix: str) -> None:
        if not self._store.cluster:
            raise SpecError(f"{self._where}: RedisCluster: the store is no cluster on this platform; use a URL: env=Prefix('REDIS'), or "
                            "name a provider of the platform that draws a cluster")  # fmt: skip
        self._put(f"{prefix}_CLUSTER_NODES", f"{self._host}:{self._port}")
        if self._store.credentials is not None:
            self._add(Password(f"{prefix}_PASSWORD"))
        if self._store.tls:
            self._put(f"{prefix}_SSL_ENABLED", "true")
        if self._authority is not None:
            self._add(AuthorityFile(f"{prefix}_CA_FILE"))

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
        if self._authority is not None:
            forms.append(AuthorityFile(f"{prefix}_CA_FILE"))
        return forms

    def _jdbc(self, prefix: str) -> list[DataForm]:
        store = self._store
        if not store.technology.jdbc:
            raise bad(
                self._where, "there is no form of a JDBC URL for it", store.technology.name, "use other variables"
            )
        query = f"?{self._query()}" if self._parameters() else ""
        text = f"jdbc:{store.technology.scheme}://{{host}}:{{port}}{{path}}{query}"
        forms: list[DataForm] = [Template(f"{prefix}_URL", text)]
        if store.credentials is not None:
            forms += [UserName(f"{prefix}_USERNAME"), Password(f"{prefix}_PASSWORD")]
        return forms

    def _libpq(self) -> list[DataForm]:
        if self._store.technology is not POSTGRES:
            raise bad(self._where, "libpq is for PostgreSQL", self._store.technology.name, "use other variables")
        forms: list[DataForm] = [Host("PGHOST"), PortNumber("PGPORT"), DatabaseName("PGDATABASE")]
        if self._store.credentials is not None:
            forms += [UserName("PGUSER"), Password("PGPASSWORD")]
        for name, value in self._parameters().items():
            variable = _LIBPQ.get(name)
            if variable is None:
                raise UnsupportedError(f"{self._where}: LibPq: libpq reads the parameter {name!r} from no variable; use a form with the "
                                       "URL of the store, such as Prefix('DB'), or remove it from parameters")  # fmt: skip
            self._put(variable, value)
        return forms

    def _parameters(self) -> Mapping[str, str]:
        """Return the parameters of the URL, with those by which a client verifies the server."""
        own = self._store.parameters
        if self._authority is None:
            return own
        found = self._store.technology.verified.items()
        return {**{name: value.format(authority=self._authority) for name, value in found}, **own}

    def _query(self) -> str:
        if not self._parameters():
            raise SpecError(f"{self._where}: a variable needs the parameters of the URL, and the store has none; remove the variable"
                            f"{_OPTIONAL}")  # fmt: skip
        return urlencode(self._parameters(), safe="/")

    def _authority_file(self) -> str:
        if self._authority is None:
            raise SpecError(f"{self._where}: a variable needs the file of the authority, and the store names none; remove the "
                            f"variable, or set authority=…{_OPTIONAL}")  # fmt: skip
        return self._authority

    def _login(self, part: type[UserName | Password]) -> EnvValue:
        """Return user or password as the value of a variable."""
        credentials = self._store.credentials
        value = None
        if credentials is not None:
            value = credentials.user if part is UserName else credentials.password
        if value is None:
            what = "user" if part is UserName else "password"
            raise SpecError(f"{self._where}: a variable needs the {what}, and the store has none; remove the variable, or set "
                            f"credentials=…{_OPTIONAL}")  # fmt: skip
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
        if store.cluster:
            raise UnsupportedError(f"{self._where}: a URL names one server, and this {store.technology.name} is a cluster, whose nodes "
                                   "send clients to each other; use a client of clusters, with env=RedisCluster('REDIS')")  # fmt: skip
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
            parameters=self._parameters(),
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
