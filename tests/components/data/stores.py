"""Native stores of every technology, as a test writes them, and what a test reads of them."""

from collections.abc import Callable
from typing import Any

from kmop_constructs import Credentials, ExistingSecret, Image, KmopChart, Size
from kmop_constructs.providers.native import (
    NativeElasticsearch,
    NativeMongo,
    NativeMySql,
    NativePostgres,
    NativeRabbitMq,
    NativeRedis,
)
from kmop_constructs.testing import synthesize

LOGIN = ExistingSecret("login")
CREDENTIALS = Credentials.of(LOGIN)
ADMIN = LOGIN.key("admin")
SIZE = Size.gib(10)
SQL: dict[str, Any] = {"storage": SIZE, "credentials": CREDENTIALS, "admin_password": ADMIN, "database": "orders"}


def postgres(chart: KmopChart, image: str = "postgres:17.6", **more: Any) -> NativePostgres:
    return NativePostgres(chart, "db", image=Image(image), **{**SQL, **more})


def mysql(chart: KmopChart, image: str = "mysql:8.4.6", **more: Any) -> NativeMySql:
    return NativeMySql(chart, "db", image=Image(image), **{**SQL, **more})


def mongo(chart: KmopChart, image: str = "mongo:8.0.13", **more: Any) -> NativeMongo:
    return NativeMongo(chart, "db", image=Image(image), **{**SQL, **more})


def redis(chart: KmopChart, image: str = "redis:7.4.5", **more: Any) -> NativeRedis:
    given: dict[str, Any] = {"storage": SIZE, "password": LOGIN.key("password"), **more}
    return NativeRedis(chart, "db", image=Image(image), **given)


def elasticsearch(chart: KmopChart, image: str = "elasticsearch:8.18.0", **more: Any) -> NativeElasticsearch:
    given: dict[str, Any] = {"storage": SIZE, "password": LOGIN.key("password"), **more}
    return NativeElasticsearch(chart, "db", image=Image(image), **given)


def rabbitmq(chart: KmopChart, image: str = "rabbitmq:4.1.4", **more: Any) -> NativeRabbitMq:
    given: dict[str, Any] = {"storage": SIZE, "credentials": CREDENTIALS, **more}
    return NativeRabbitMq(chart, "db", image=Image(image), **given)


Make = Callable[..., Any]
ALL: list[Make] = [postgres, mysql, mongo, redis, elasticsearch, rabbitmq]
DATABASES: list[Make] = [postgres, mysql, mongo]


def stateful_set(store: Any) -> dict[str, Any]:
    return synthesize(store).one("StatefulSet")["spec"]


def pod(store: Any) -> dict[str, Any]:
    return stateful_set(store)["template"]["spec"]


def app_of(store: Any) -> dict[str, Any]:
    return pod(store)["containers"][0]


def env(store: Any) -> dict[str, Any]:
    def shown(each: dict[str, Any]) -> Any:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        return f"{key['name']}/{key['key']}" if key else each.get("value")

    return {each["name"]: shown(each) for each in app_of(store).get("env", [])}


def mounts(store: Any) -> dict[str, str]:
    return {each["mountPath"]: each["name"] for each in app_of(store)["volumeMounts"]}
