"""What an application needs of a Kafka cluster."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.store_spec import StoreSpec
from kmop_constructs.components.data.technology import KAFKA
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ADMINISTRATOR", "KafkaSpec", "check_login", "check_settings", "check_user"]

ADMINISTRATOR = "admin"
"""Name of the administrator in native pods. No login of an application has it."""

_USER = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_SETTING = re.compile(r"[a-z0-9]+([._-][A-Za-z0-9]+)+")


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaSpec(StoreSpec):
    """What an application needs of Kafka: ``KafkaSpec(version="4.3.1")``. `settings` are those of ``server.properties``.

    Topics are constructs of their own, `Topic`, and no topic is created by a client.
    """

    technology = KAFKA

    credentials: Credentials | None = None
    """One login for all callers that name none: it has the rights of all of them, and the notice ``topic-login-shared`` says so.
    The user is text. Default: none. An operator then makes a login for each caller; native pods make none, so each caller
    names one: ``orders.produce(credentials=…)``."""

    admin_password: SecretKey | None = None
    """The administrator's password, for native pods: it creates topics, users and their rights. No edge gives it to callers.
    Default: none; native pods raise an error, and an operator has an administrator of its own."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        check_settings("KafkaSpec.settings", self.settings)
        if self.credentials is not None:
            check_login("KafkaSpec.credentials", self.credentials)
        if self.admin_password is not None and not isinstance(self.admin_password, SecretKey):
            got = type(self.admin_password).__name__
            raise SpecError(
                f"KafkaSpec.admin_password: the value would be readable in the output, got a {got}; write SecretKey(…)"
            )


def check_settings(where: str, names: Iterable[str]) -> None:
    """Refuse names that no property of Kafka has."""
    for name in names:
        if not _SETTING.fullmatch(name):
            raise bad(where, "not the name of a property", name, "write it with dots: 'log.segment.bytes'")


def check_login(where: str, login: Credentials) -> Credentials:
    """Return a login with the name of a user that can have rights: text, because the rights are given to it under this name."""
    made_by(where, login, Credentials, secret=True)
    user = login.user
    if not isinstance(user, str):
        got = "None" if user is None else "a reference to a Secret"
        raise bad(f"{where}.user", "the name of the user is not text, and its rights are given to it under this name", got,
                  "write Credentials(user='shop', password=…)")  # fmt: skip
    check_user(f"{where}.user", user)
    return login


def check_user(where: str, user: str) -> str:
    """Check the name of a user: the name of an object of Kubernetes, which an operator needs, and not that of the administrator."""
    if not isinstance(user, str) or not _USER.fullmatch(user):
        rule = "use at most 253 lower-case letters, digits, '-' and '.', a letter or digit first and last"
        raise bad(where, "not the name of a user", user, rule)
    if user == ADMINISTRATOR:
        raise bad(where, "the name of the administrator", user, "name another user")
    return user
