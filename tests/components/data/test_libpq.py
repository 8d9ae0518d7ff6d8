"""The variables of libpq have the names that libpq reads: https://www.postgresql.org/docs/current/libpq-envars.html."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Schedule,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.existing import ExistingPostgres
from kmop_constructs.stores import S3, Dump, DumpSpec
from kmop_constructs.testing import synthesize
from kmop_constructs.variables import LibPq

import pytest

IMAGE = Image("acme/orders:1.4")
LOGIN = Credentials(user="sales", password=ExistingSecret("sales-login").key("password"))
KEYS = ExistingSecret("backups")
SAFE = {
    "sslmode": "require",
    "channel_binding": "require",
    "require_auth": "scram-sha-256",
    "ssl_min_protocol_version": "TLSv1.3",
    "target_session_attrs": "read-write",
    "application_name": "orders",
    "connect_timeout": "5",
}
READ = {
    "PGSSLMODE": "require",
    "PGCHANNELBINDING": "require",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGSSLMINPROTOCOLVERSION": "TLSv1.3",
    "PGTARGETSESSIONATTRS": "read-write",
    "PGAPPNAME": "orders",
    "PGCONNECT_TIMEOUT": "5",
}


def sales(parameters: dict[str, str]) -> ExistingPostgres:
    return ExistingPostgres("db.acme.io", database="sales", credentials=LOGIN, parameters=parameters)


def env(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in container["env"]}


def test_parameters_of_a_store_are_the_variables_of_libpq(chart: KmopChart) -> None:
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[sales(SAFE).read_write(env=LibPq())])
    (container,) = synthesize(chart).one("Deployment")["spec"]["template"]["spec"]["containers"]
    assert env(container).items() >= READ.items()


def test_a_dump_has_the_parameters_of_its_store(chart: KmopChart) -> None:
    to = S3("acme-backups", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret"))
    backup = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7), to=to)
    Dump(chart, "sales-dump", sales(SAFE), DumpSpec(backup=backup, image=Image("postgres:17.6")))
    pod = synthesize(chart).one("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert env(pod["initContainers"][0]).items() >= READ.items()


def test_a_parameter_that_libpq_reads_from_no_variable_is_refused(chart: KmopChart) -> None:
    edge = sales({"keepalives_idle": "30"}).read_write(env=LibPq())
    with pytest.raises(
        UnsupportedError, match="LibPq: libpq reads the parameter 'keepalives_idle' from no variable; use"
    ):
        Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[edge])
