"""Settings of ``elasticsearch.yml``: what ECK sets itself is refused, as its webhook warns of it or its defaults are undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs.errors import UnsupportedError, bad

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import ElasticsearchSpec
    from kmop_constructs.core.subject import Subject

__all__ = ["check_version", "settings_of"]

_NAME = re.compile(r"[a-z0-9_*-]+(\.[A-Za-z0-9_*-]+)+")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[A-Za-z0-9.]+)?")
_OLDEST = (8, 8, 0)
"""From 8.8 on ECK runs the nodes without root, at the level restricted (pkg/controller/elasticsearch/securitycontext)."""
_NEWEST = 9
"""The newest major version of ECK 3.5 (pkg/controller/elasticsearch/version/supported_versions.go)."""

_FILES = ("certificate", "certificate_authorities", "enabled", "key")
# UnsupportedSettings in pkg/apis/elasticsearch/v1/fields.go of ECK 3.5.0, and what pkg/controller/elasticsearch/settings sets
_FIXED = (
    "cluster.initial_master_nodes",
    "cluster.name",
    "cluster.routing.allocation.awareness.attributes",
    "discovery.seed_hosts",
    "discovery.seed_providers",
    "http.publish_host",
    "network.host",
    "network.publish_host",
    "node.attr.k8s_node_name",
    "node.attr.zone",
    "node.name",
    "path.data",
    "path.logs",
    "readiness.port",
    "xpack.security.authc.realms.file.file1",
    "xpack.security.authc.realms.native.native1",
    "xpack.security.authc.reserved_realm.enabled",
    "xpack.security.enabled",
    *(f"xpack.security.http.ssl.{each}" for each in (*_FILES, "client_authentication")),
    *(f"xpack.security.transport.ssl.{each}" for each in (*_FILES, "verification_mode")),
)
_ROLES = ("node.roles", "node.data", "node.ingest", "node.master", "node.ml", "node.transform", "node.voting_only")


def check_version(subject: Subject, spec: ElasticsearchSpec) -> str:
    """Return the version of the spec, if this release of ECK runs it."""
    where, found = f"{subject.path}: version", _VERSION.fullmatch(spec.version)
    if found is None:
        raise bad(where, "not a whole version, which ECK reads", spec.version, "write '9.2.1'")
    version = tuple(int(part) for part in found.groups()[:3])
    if version < _OLDEST or version[0] > _NEWEST:
        oldest = ".".join(map(str, _OLDEST))
        raise UnsupportedError(
            f"{where}: ECK 3.5 runs Elasticsearch 8 and 9, and at the level restricted from {oldest} on, got {spec.version!r}; use one of them"
        )
    return spec.version


def settings_of(subject: Subject, spec: ElasticsearchSpec, *, memory_maps: bool) -> dict[str, object]:
    """Return the checked settings, sorted, with whether files are mapped into memory."""
    where = f"{subject.path}: settings"
    for name in spec.settings:
        if not _NAME.fullmatch(name):
            raise bad(where, "not the name of a setting", name, "write it with dots: 'action.auto_create_index'")
        if any(name == each or name.startswith(f"{each}.") for each in _FIXED):
            raise bad(where, "set by ECK itself", name, "remove it")
        if name in _ROLES:
            raise bad(where, "all nodes of this provider have all roles", name, "remove it")
    # https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/virtual-memory
    found: dict[str, object] = {} if memory_maps else {"node.store.allow_mmap": False}
    return dict(sorted({**found, **spec.settings}.items()))
