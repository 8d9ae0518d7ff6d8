"""Variables that hold what one platform's store has and another's has not: a login, TLS, parameters of a URL."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.existing import ExistingPostgres, ExistingRedis
from kmop_constructs.providers.native import NativeElasticsearchProvider
from kmop_constructs.testing import synthesize
from kmop_constructs.variables import (
    AuthorityFile,
    DatabaseName,
    Host,
    OptionalVariables,
    Password,
    TlsEnabled,
    Url,
    UrlParameters,
    UserName,
)

import pytest
from cdk8s import App

WEB = ServiceSpec(image=Image("acme/web:1.4"), port=8080)
PROVISION = Provision(storage=Size.gib(10), resources=Resources.of("1", "4Gi"))
LOGIN = Credentials(user="catalog", password=ExistingSecret("catalog-search").key("password"))
SEARCH = ElasticsearchSpec(version="8.18.0", credentials=LOGIN)
STAGING = Platform(elasticsearch=NativeElasticsearchProvider(provision=PROVISION, leaves_out=("credentials",)))
PRODUCTION = Platform(elasticsearch=Eck(provision=PROVISION))

FORMS = (
    Url("SEARCH"),
    OptionalVariables(
        (UserName("SEARCH_USER"), Password("SEARCH_PASSWORD"), AuthorityFile("SEARCH_CA"), TlsEnabled("SEARCH_TLS"))
    ),
)


def env(chart: KmopChart, edge: Any) -> dict[str, Any]:
    web = Microservice(chart, "web", WEB, uses=[edge])
    container = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container.get("env", [])}


def search(app: App, platform: Platform, forms: Any = FORMS) -> dict[str, Any]:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    return env(chart, Elasticsearch(chart, "search", SEARCH).read_write(env=forms))


def test_a_store_without_a_login_and_tls_sets_none_of_them(app: App) -> None:
    assert search(app, STAGING) == {"SEARCH": "http://search:9200"}


def test_a_store_with_a_login_and_tls_sets_all_of_them(app: App) -> None:
    assert search(app, PRODUCTION) == {
        "SEARCH": "https://search-es-http:9200",
        "SEARCH_CA": "/etc/authorities/search-es-http/ca.crt",
        "SEARCH_PASSWORD": {"secretKeyRef": {"name": "catalog-search", "key": "password"}},
        "SEARCH_TLS": "true",
        "SEARCH_USER": "catalog",
    }


@pytest.mark.parametrize(("platform", "value"), [(STAGING, "false"), (PRODUCTION, "true")], ids=["plain", "tls"])
def test_whether_a_store_has_tls_is_a_variable(app: App, platform: Platform, value: str) -> None:
    assert search(app, platform, TlsEnabled("SEARCH_TLS")) == {"SEARCH_TLS": value}


def test_the_parameters_of_a_url_verify_the_server(app: App) -> None:
    platform = Platform(postgres=CloudNativePg(provision=PROVISION))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    db = Postgres(chart, "orders-db", PostgresSpec(version="17.6"))
    assert env(chart, db.read_write(env=UrlParameters("PARAMS"))) == {
        "PARAMS": "sslmode=verify-full&sslrootcert=/etc/authorities/orders-db-rw/ca.crt"
    }


def test_the_parameters_of_a_running_store_are_its_own(chart: KmopChart) -> None:
    db = ExistingPostgres("db.acme.io", database="shop", parameters={"sslmode": "require", "target": "a b"})
    assert env(chart, db.read_write(env=OptionalVariables(UrlParameters("PARAMS")))) == {
        "PARAMS": "sslmode=require&target=a+b"
    }


def test_a_store_without_a_database_sets_no_name_of_one(chart: KmopChart) -> None:
    cache = ExistingRedis("cache.acme.io")
    assert env(chart, cache.read_write(env=(Host("HOST"), OptionalVariables(DatabaseName("NAME"))))) == {
        "HOST": "cache.acme.io"
    }


def test_a_password_without_a_user_is_set_alone(chart: KmopChart) -> None:
    cache = ExistingRedis("cache.acme.io", credentials=Credentials(password=SecretKey("cache", "word", external=True)))
    found = env(chart, cache.read_write(env=OptionalVariables((UserName("USER"), Password("WORD")))))
    assert found == {"WORD": {"secretKeyRef": {"name": "cache", "key": "word"}}}


def test_parameters_that_a_store_has_not_are_an_error(chart: KmopChart) -> None:
    db = ExistingPostgres("db.acme.io", database="shop")
    with pytest.raises(SpecError, match=r"needs the parameters of the URL, and the store has none.*OptionalVariables"):
        Microservice(chart, "web", WEB, uses=[db.read_write(env=UrlParameters("PARAMS"))])


def test_a_variable_that_no_store_lacks_is_not_optional() -> None:
    with pytest.raises(SpecError, match=r"OptionalVariables\.forms"):
        OptionalVariables((Host("HOST"),))  # pyright: ignore[reportArgumentType]


def test_one_name_for_two_variables_is_an_error(app: App) -> None:
    with pytest.raises(SpecError, match="duplicate variable"):
        search(app, PRODUCTION, OptionalVariables((UserName("SEARCH"), Password("SEARCH"))))


def test_a_store_tells_the_login_that_the_platform_gives(app: App) -> None:
    """For an image that reads a password in a form of its own, such as a file of a projected volume."""
    platform = Platform(postgres=CloudNativePg(provision=PROVISION))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    login = Postgres(chart, "orders-db", PostgresSpec(version="17.6")).credentials
    assert login is not None
    assert (login.password.name, login.password.key) == ("orders-db-app", "password")
    assert Elasticsearch(KmopChart(app, "b", platform=STAGING), "search", SEARCH).credentials is None
