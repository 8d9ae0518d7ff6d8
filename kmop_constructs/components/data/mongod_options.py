"""Options of ``mongod`` in the form of its configuration file, and those that an operator sets itself.

https://www.mongodb.com/docs/manual/reference/configuration-options/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = ["mongod_options"]

_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?")

# The options of the command line that the pages of MongoDB give the same meaning, so that a spec also fits native pods.
_COMMAND_LINE = {
    "maxConns": "net.maxIncomingConnections",
    "oplogMinRetentionHours": "storage.oplogMinRetentionHours",
    "oplogSize": "replication.oplogSizeMB",
    "slowms": "operationProfiling.slowOpThresholdMs",
    "wiredTigerCacheSizeGB": "storage.wiredTiger.engineConfig.cacheSizeGB",
}

# Set by the operator and its agent (pkg/automationconfig/automation_config.go and the TLS and SCRAM modifications of
# https://github.com/mongodb/mongodb-kubernetes/tree/1.10.0), by KubeDB as arguments (replicaset.sh of
# https://github.com/kubedb/mongodb-init-docker/tree/6.0-v10), or not for a replica set.
_FIXED = (
    "net.bindIp",
    "net.bindIpAll",
    "net.port",
    "net.ssl",
    "net.tls",
    "processManagement",
    "replication.replSet",
    "replication.replSetName",
    "security",
    "sharding",
    "storage.dbPath",
    "systemLog",
)


def mongod_options(subject: Subject, settings: Mapping[str, str]) -> dict[str, bool | int | float | str]:
    """Return the checked settings, sorted, with numbers and truth values as such."""
    where = f"{subject.path}: settings"
    found: dict[str, bool | int | float | str] = {}
    for given, value in settings.items():
        name = _COMMAND_LINE.get(given, given)
        if not _NAME.fullmatch(name):
            what = "not an option of the configuration file of mongod"
            raise bad(
                where, what, given, "write it with its section, such as 'storage.wiredTiger.engineConfig.cacheSizeGB'"
            )
        if any(name == each or name.startswith(f"{each}.") for each in _FIXED):
            raise bad(where, "set by the operator itself", given, "remove it")
        if name in found:
            raise bad(where, f"the same option as another one, {name!r}", given, "remove one")
        found[name] = _value(value)
    return dict(sorted(found.items()))


def _value(text: str) -> bool | int | float | str:
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
