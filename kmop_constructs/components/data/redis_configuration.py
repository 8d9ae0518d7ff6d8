"""The configuration file of a Redis that an operator runs: what the library sets, and the settings of the spec after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.quantity import Size

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import RedisSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.resources import Resources

__all__ = ["check_no_user", "redis_configuration"]

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_DATA_PERCENT = 75
"""Share of the memory limit for data. The rest is for buffers, and for pages that change while a child process writes a
snapshot (https://redis.io/docs/latest/operate/oss_and_stack/management/admin/)."""

_FIXED = frozenset(
    (
        "aclfile",
        "bind",
        "daemonize",
        "dir",
        "include",
        "masterauth",
        "masteruser",
        "port",
        "protected-mode",
        "replicaof",
        "requirepass",
        "slaveof",
    )
)
_FIXED_PARTS = ("cluster-", "sentinel", "tls-", "unixsocket")


def redis_configuration(subject: Subject, spec: RedisSpec, resources: Resources, *, fails_over: bool) -> str:
    """Return the text of the file. With `fails_over` another instance becomes the primary, so that a primary alone must not write."""
    ours = {"appendonly": "yes"} if spec.keeps_data else {"save": '""', "appendonly": "no"}
    limit = resources.effective_memory_limit
    if isinstance(limit, Size):
        ours["maxmemory"] = str(limit.in_bytes * _DATA_PERCENT // 100)
        ours["maxmemory-policy"] = "noeviction" if spec.keeps_data else "allkeys-lru"
    if fails_over and spec.keeps_data:
        # A primary without a replica stops to accept writes that nobody would have after a fail-over
        # (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/#example-2-basic-setup-with-three-boxes).
        ours |= {"min-replicas-to-write": "1", "min-replicas-max-lag": "10"}
    both = {**ours, **_checked(subject, spec.settings)}
    return "".join(f"{name} {value}\n" for name, value in sorted(both.items()))


def check_no_user(where: str, setting: str) -> None:
    """Refuse a user in the settings of a Redis: the setting holds the password, readable in the output."""
    if setting.lower() == "user":
        raise SpecError(f"{where}: 'user' holds passwords, which would be readable in the output; remove it: callers use the password of "
                        "the user 'default', or create users with ACL SETUSER")  # fmt: skip


def _checked(subject: Subject, settings: Mapping[str, str]) -> dict[str, str]:
    where = f"{subject.path}: settings"
    found: dict[str, str] = {}
    for name, value in settings.items():
        if not _NAME.fullmatch(name):
            raise bad(where, "not the name of a setting", name, "use the name of Redis, such as 'maxmemory-policy'")
        check_no_user(where, name)
        if name in _FIXED or name.startswith(_FIXED_PARTS):
            raise bad(where, "set by the operator itself", name, "remove it")
        if "\n" in value or "\r" in value:
            raise bad(where, f"{name!r} has more than one line", value, "write one line")
        found[name] = value or '""'
    return found
