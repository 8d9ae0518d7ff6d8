"""Settings of the servers, in the form of the files that KubeDB reads, and those that KubeDB sets itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = ["elasticsearch_file", "mysql_file", "postgres_file"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?")
_MYSQL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_DOTTED = re.compile(r"[a-z0-9_*-]+(\.[A-Za-z0-9_*-]+)+")

# The script that starts a PostgreSQL writes these (role_scripts/17/primary/start.sh of
# https://github.com/kubedb/postgres-init-docker/tree/0.19.0), and a file of the user comes after them.
_POSTGRES_FIXED = frozenset(
    (
        "archive_command",
        "archive_mode",
        "config_file",
        "data_directory",
        "hba_file",
        "hot_standby",
        "ident_file",
        "include",
        "include_dir",
        "include_if_exists",
        "listen_addresses",
        "max_replication_slots",
        "max_wal_senders",
        "password_encryption",
        "port",
        "primary_conninfo",
        "primary_slot_name",
        "restore_command",
        "ssl",
        "synchronous_commit",
        "synchronous_standby_names",
        "unix_socket_directories",
        "wal_keep_size",
        "wal_log_hints",
    )
)
_POSTGRES_PARTS = ("recovery_", "ssl_")

# The scripts that start a member of a group, or a node of a Galera cluster, write these (scripts/run.sh of
# https://github.com/kubedb/mysql-init-docker/tree/8.0.31-v3 and scripts/on-start.sh of
# https://github.com/kubedb/mariadb-init-docker/tree/0.8.0).
_MYSQL_FIXED = frozenset(
    (
        "basedir",
        "bind_address",
        "binlog_format",
        "datadir",
        "default_storage_engine",
        "enforce_gtid_consistency",
        "gtid_mode",
        "innodb_autoinc_lock_mode",
        "log_bin",
        "log_replica_updates",
        "log_slave_updates",
        "pid_file",
        "port",
        "read_only",
        "report_host",
        "report_port",
        "require_secure_transport",
        "server_id",
        "skip_grant_tables",
        "skip_networking",
        "socket",
        "super_read_only",
        "user",
    )
)
_MYSQL_PARTS = ("group_replication", "ssl_", "tls_", "wsrep")
_MYSQL_PREFIX = re.compile("(?:loose_)?(?:(?:skip|disable|enable|maximum)_)?")
"""What names of options may begin with (https://dev.mysql.com/doc/refman/8.4/en/option-modifiers.html)."""

# elasticsearch.yml of the cluster, by its names, addresses and certificates; the roles of the nodes are all of them.
_ELASTICSEARCH_PARTS = (
    "cluster.initial_master_nodes",
    "cluster.name",
    "discovery",
    "http.port",
    "network",
    "node.name",
    "node.roles",
    "path",
    "transport",
    "xpack.security",
)


def postgres_file(subject: Subject, settings: Mapping[str, str]) -> str:
    """Return the text of ``user.conf``."""
    return "".join(
        "{} = '{}'\n".format(name, value.replace("'", "''"))
        for name, value in _checked(subject, settings, "PostgreSQL", _PLAIN, _POSTGRES_FIXED, _POSTGRES_PARTS)
    )


def mysql_file(subject: Subject, settings: Mapping[str, str], technology: str) -> str:
    """Return the text of an option file of a MySQL or MariaDB."""
    lines = _checked(subject, settings, technology, _MYSQL, _MYSQL_FIXED, _MYSQL_PARTS)
    return "[mysqld]\n" + "".join(f"{name} = {value}\n" for name, value in lines)


def elasticsearch_file(subject: Subject, settings: Mapping[str, str]) -> str:
    """Return the text of ``elasticsearch.yml``, with whether files are mapped into memory.

    Without maps no node of Kubernetes needs ``vm.max_map_count``
    (https://www.elastic.co/docs/deploy-manage/deploy/self-managed/vm-max-map-count).
    """
    lines = _checked(subject, settings, "Elasticsearch", _DOTTED, (), _ELASTICSEARCH_PARTS)
    ours = {"node.store.allow_mmap": "false"}
    return "".join(f"{name}: {_scalar(value)}\n" for name, value in sorted({**ours, **dict(lines)}.items()))


def _scalar(value: str) -> str:
    """Return a value of YAML: a plain one, or text in quotes."""
    if re.fullmatch(r"true|false|-?[0-9]+(\.[0-9]+)?", value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _checked(
    subject: Subject,
    settings: Mapping[str, str],
    technology: str,
    form: re.Pattern[str],
    fixed: Iterable[str],
    parts: tuple[str, ...],
) -> Iterator[tuple[str, str]]:
    where, known = f"{subject.path}: settings", frozenset(fixed)
    for name, value in sorted(settings.items()):
        if not form.fullmatch(name):
            raise bad(where, "not the name of a setting", name, f"use the name that {technology} has for it")
        # Names of PostgreSQL and MySQL are the same in every case.
        plain = name if form is _DOTTED else name.lower()
        forms = [plain]
        if form is _MYSQL:
            plain = plain.replace("-", "_")
            forms = [plain.removeprefix("loose_"), _MYSQL_PREFIX.sub("", plain, count=1)]
        if any(each in known or each.startswith(parts) for each in forms):
            raise bad(where, "set by KubeDB itself", name, "remove it")
        if "\n" in value or "\r" in value:
            raise bad(where, f"{name!r} has more than one line", value, "write one line")
        yield name, value
