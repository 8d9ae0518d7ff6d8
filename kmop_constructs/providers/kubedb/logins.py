"""Logins of databases that have users: that of the application, and the superuser where a platform says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.kubedb.names import AUTH_KEYS, auth_name
from kmop_constructs.providers.kubedb.options import KubeDbProvider
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import flag

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import MongoSpec, MySqlSpec, PostgresSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import EnvValue

__all__ = ["KubeDbLoginProvider", "admin_password", "administrator", "check_password"]


def check_password(where: str, key: SecretKey | None) -> None:
    """Check that KubeDB can read the password of the administrator: it reads the keys ``username`` and ``password`` of a Secret."""
    if key is not None and key.key != "password":
        what = "not the key of a password that KubeDB reads"
        rule = "use the keys 'username' and 'password' of one Secret of the type kubernetes.io/basic-auth"
        raise bad(where, what, key.key, rule)


def administrator(where: str, store: str, password: SecretKey | None) -> Credentials:
    """Return the login of the administrator: that of the Secret of the spec, or of the one that KubeDB makes."""
    check_password(where, password)
    key = admin_password(store, password)
    return Credentials(user=SecretKey(key.name, AUTH_KEYS[0]), password=key)


def admin_password(store: str, password: SecretKey | None) -> SecretKey:
    """Return the password of the administrator: that of the spec, or of the Secret that KubeDB makes."""
    return SecretKey(auth_name(store) if password is None else password.name, AUTH_KEYS[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbLoginProvider(KubeDbProvider):
    """Base of the providers of databases with users."""

    reserved: ClassVar[tuple[str, ...]]
    """Users that the server or KubeDB has."""

    superuser: bool = False
    """Whether callers of a store without ``credentials`` log in as the superuser, the only login that KubeDB makes. Default: false; such
    a store is an error."""

    def __post_init__(self) -> None:
        KubeDbProvider.__post_init__(self)
        flag(f"{type(self).__name__}.superuser", self.superuser)

    def login(self, subject: Subject, spec: PostgresSpec | MySqlSpec | MongoSpec) -> Credentials:
        """Return the login of callers: the user of the spec, or the superuser where the platform says so."""
        where, login = f"{subject.path}: credentials", spec.credentials
        check_password(f"{subject.path}: admin_password", spec.admin_password)
        if login is None and self.superuser:
            return administrator(f"{subject.path}: admin_password", subject.name, spec.admin_password)
        if login is None:
            raise SpecError(f"{where}: not set, and the only login that KubeDB makes is that of the superuser; set "
                            "credentials=Credentials(user='orders', password=…), or let callers be the superuser: "
                            f"{type(self).__name__}(superuser=True)")  # fmt: skip
        if login.user is None:
            raise SpecError(f"{where}.user: not set, got None; write Credentials(user='orders', password=…)")
        admin = admin_password(subject.name, spec.admin_password)
        if (login.password.name, login.password.key) == (admin.name, admin.key):
            what = "the password of the superuser, so that every caller would have it"
            do = f"name another for the application, or let callers be the superuser: {type(self).__name__}(superuser=True)"
            raise bad(f"{where}.password", what, login.password.name, do)
        if login.user in self.reserved:
            what = "the administrator, or a user of KubeDB itself"
            raise bad(f"{where}.user", what, login.user, "name another user for the application")
        return login

    def application(
        self, subject: Subject, spec: PostgresSpec | MySqlSpec | MongoSpec, user: str, password: str
    ) -> dict[str, EnvValue]:
        """Return the user of the application as variables of the server, by their names. Empty where callers are the superuser."""
        if spec.credentials is None:
            return {}
        login = self.login(subject, spec)
        return {user: login.user or "", password: login.password}
