"""PostgreSQL and Elasticsearch by Bitnami's images, which many Helm charts use.

Facts of the images, from https://github.com/bitnami/containers (bitnami/postgresql/15/debian-12 and
bitnami/elasticsearch/8/debian-12, rootfs/opt/bitnami/scripts): user 1001; data below ``/bitnami``; configuration and
temporary files below ``/opt/bitnami``, where the entrypoint copies its defaults to; arguments of the server come after
the script that starts it. The checks are those of Bitnami's charts.
Images of ``bitnamilegacy`` are not updated any more: https://github.com/bitnami/containers/issues/83267.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs.components.data.technology import ELASTICSEARCH, POSTGRES
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, init_files
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import PodField
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Exec, Health, ProbeTiming, TcpSocket
from kmop_constructs.values.quantity import Size
from kmop_constructs.values.volumes import EmptyDir

if TYPE_CHECKING:
    from kmop_constructs.providers.native.data.logins import Logins
    from kmop_constructs.providers.native.data.pod import StoreArguments
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.files import FileSource

__all__ = ["TRANSPORT", "bitnami_elasticsearch", "bitnami_postgres"]

IDS = Ids(user=1001, group=1001)

SCRATCH = EmptyDir("empty-dir")
"""One volume for everything that an image writes, with a folder of it at each path."""

TRANSPORT = 9300
"""The port for connections between Elasticsearch nodes."""

COPY_PLUGINS = """\
#!/bin/bash

. /opt/bitnami/scripts/libfs.sh
. /opt/bitnami/scripts/elasticsearch-env.sh

if ! is_dir_empty "$DB_DEFAULT_PLUGINS_DIR"; then
    cp -nr "$DB_DEFAULT_PLUGINS_DIR"/* /plugins
fi
"""


def bitnami_postgres(
    wanted: StoreArguments,
    who: Logins,
    database: str | None,
    settings: Mapping[str, str],
    init_scripts: Mapping[str, FileSource] | None,
) -> PodOfImage:
    """Return the pod of PostgreSQL. The image creates a user that owns the database and is not a superuser."""
    user: EnvValue = "postgres" if who.user is None else who.user
    passwords = {"POSTGRES_PASSWORD": who.password}
    if who.user is not None:
        passwords["POSTGRES_POSTGRES_PASSWORD"] = who.admin_password
    held, files = wanted.passwords(passwords, below="/opt/bitnami/postgresql/secrets")
    flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    # pg_isready needs a known user: the server logs an error for each unknown one.
    known = isinstance(user, str) and database is not None and re.fullmatch(r"[\w-]+", user)
    asking = f'-U "{user}" -d "dbname={database}" ' if known else ""
    ready = f"exec pg_isready {asking}-h 127.0.0.1 -p {POSTGRES.port}"
    timing = ProbeTiming(period=timedelta(seconds=10), timeout=timedelta(seconds=5), failures=6)
    return PodOfImage(
        ids=IDS,
        ports=[Port.tcp(POSTGRES.port, name="tcp-postgresql")],
        data="/bitnami/postgresql",
        scratch={
            "/tmp": SCRATCH.at("tmp-dir"),  # noqa: S108 - a path in the container
            "/opt/bitnami/postgresql/conf": SCRATCH.at("app-conf-dir"),
            "/opt/bitnami/postgresql/tmp": SCRATCH.at("app-tmp-dir"),
            "/dev/shm": EmptyDir("dshm", memory=True),  # noqa: S108
        },
        env={
            "POSTGRESQL_PORT_NUMBER": str(POSTGRES.port),
            "POSTGRESQL_VOLUME_DIR": "/bitnami/postgresql",
            "PGDATA": "/bitnami/postgresql/data",
            "POSTGRES_USER": user,
            **held,
            **({} if database is None else {"POSTGRES_DATABASE": database}),
        },
        args=["/opt/bitnami/scripts/postgresql/run.sh", *flags] if flags or wanted.options.args else (),
        files={**files, **init_files(wanted.where, {}, init_scripts)},
        health=Health(
            readiness=Exec(("/bin/sh", "-c", "-e", f"{ready}\n"), timing=timing),
            liveness=Exec(("/bin/sh", "-c", ready), timing=timing),
        ),
    )


def bitnami_elasticsearch(wanted: StoreArguments, settings: Mapping[str, str], replicas: int) -> PodOfImage:
    """Return the pod of Elasticsearch: each node may be a master and holds data; security is off."""
    names = " ".join(f"{wanted.name}-{number}" for number in range(replicas))
    # The kubelet writes this name of a pod into its /etc/hosts, so a node resolves its own name before DNS does. A cluster
    # with another domain sets it with `env`.
    peers = wanted.peers if wanted.namespace is None else f"{wanted.peers}.{wanted.namespace}.svc.{wanted.domain}"
    limit = wanted.resources.effective_memory_limit
    heap: dict[str, EnvValue] = {}
    if limit is not None:
        heap["ELASTICSEARCH_HEAP_SIZE"] = f"{limit.in_bytes // 2 // Size.mib(1).in_bytes}m"
    home = "/opt/bitnami/elasticsearch"
    timing = ProbeTiming(period=timedelta(seconds=10), timeout=timedelta(seconds=5), failures=5)
    copy = Container(
        "copy-default-plugins",
        image=wanted.image,
        command=("/bin/bash",),
        args=("-ec", COPY_PLUGINS),
        volumes={"/tmp": SCRATCH.at("tmp-dir"), "/plugins": SCRATCH.at("app-plugins-dir")},  # noqa: S108
        resources=wanted.resources,
    )
    return PodOfImage(
        ids=IDS,
        ports=[Port(ELASTICSEARCH.port, name="rest-api"), Port.tcp(TRANSPORT, name="transport")],
        data="/bitnami/elasticsearch/data",
        scratch={
            "/tmp": SCRATCH.at("tmp-dir"),  # noqa: S108
            f"{home}/config": SCRATCH.at("app-conf-dir"),
            f"{home}/tmp": SCRATCH.at("app-tmp-dir"),  # noqa: S108
            f"{home}/logs": SCRATCH.at("app-logs-dir"),
            f"{home}/plugins": SCRATCH.at("app-plugins-dir"),
            "/bitnami/elasticsearch": SCRATCH.at("app-volume-dir"),
        },
        env={
            "MY_POD_NAME": PodField("metadata.name"),
            "ELASTICSEARCH_IS_DEDICATED_NODE": "no",
            "ELASTICSEARCH_NODE_ROLES": "master",
            "ELASTICSEARCH_TRANSPORT_PORT_NUMBER": str(TRANSPORT),
            "ELASTICSEARCH_HTTP_PORT_NUMBER": str(ELASTICSEARCH.port),
            "ELASTICSEARCH_CLUSTER_NAME": wanted.name,
            "ELASTICSEARCH_CLUSTER_HOSTS": f"{peers},",
            "ELASTICSEARCH_TOTAL_NODES": str(replicas),
            "ELASTICSEARCH_CLUSTER_MASTER_HOSTS": names,
            "ELASTICSEARCH_MINIMUM_MASTER_NODES": str(replicas // 2 + 1),
            "ELASTICSEARCH_ADVERTISED_HOSTNAME": f"$(MY_POD_NAME).{peers}",
            **heap,
            "ELASTICSEARCH_ENABLE_REST_TLS": "false",
        },
        args=["/opt/bitnami/scripts/elasticsearch/run.sh", *(f"-E{key}={value}" for key, value in settings.items())],
        # A node opens the port before it has found the others: it has started then, and is ready when there is a master.
        health=Health(
            readiness=Exec(("/opt/bitnami/scripts/elasticsearch/healthcheck.sh",), timing=timing),
            liveness=TcpSocket(timing=timing),
            startup=TcpSocket(),
        ),
        init_containers=[copy],
    )
