"""Users of a database and the roles that they are members of."""

from __future__ import annotations

import re
from typing import Any

from kmop_constructs import (
    Credentials,
    Image,
    KmopChart,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    SecretKey,
    Size,
    SpecError,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.native import NativePostgres
from kmop_constructs.stores import DatabaseUser, MongoUser

import pytest
from cdk8s import App

ADMIN = SecretKey("db", "admin", external=True)


def login(user: str) -> Credentials:
    return Credentials(user=user, password=SecretKey("login", "password", external=True))


def reader(*roles: str, name: str = "reports") -> DatabaseUser:
    return DatabaseUser(credentials=login(name), roles=roles)


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("postgres", "as powerful as a superuser"),
        ("pg_execute_server_program", "as powerful as a superuser"),
        ("pg_nope", "not a role of PostgreSQL that has members, and no other name begins with pg_"),
        ("pg_database_owner", "not a role of PostgreSQL that has members"),
        ("public", "reserved for the server itself"),
        ("none", "reserved for the server itself"),
    ],
)
def test_a_role_of_the_server_itself_is_refused(role: str, message: str) -> None:
    with pytest.raises(SpecError, match=rf"DatabaseUser\.roles: {message}.*got '{role}'; "):
        reader(role)


def test_a_role_of_the_server_for_members_is_not_created() -> None:
    assert reader("pg_read_all_data", "orders_reader").created_roles == ("orders_reader",)


@pytest.mark.parametrize("user", ["postgres", "pg_reports", "public", "none"])
def test_a_user_has_no_name_of_the_server_itself(user: str) -> None:
    with pytest.raises(SpecError, match=r"DatabaseUser\.credentials\.user: reserved for the server itself"):
        reader(name=user)


def test_a_role_is_not_the_owner() -> None:
    """It is created without a login: CloudNativePG takes the login of the owner away, the first start of native pods fails."""
    what = r"PostgresSpec: users\['r'\]\.roles: the owner of the database, and a role is created without a login, got 'orders'"
    with pytest.raises(SpecError, match=what):
        PostgresSpec(version="17", credentials=login("orders"), users={"r": reader("orders")})


def test_a_role_is_not_another_user() -> None:
    users = {"r": reader("writer"), "w": reader(name="writer")}
    with pytest.raises(SpecError, match=r"users\['r'\]\.roles: the user 'w', and a role is created without a login"):
        PostgresSpec(version="17", users=users)


def test_a_role_of_a_newer_server_is_refused() -> None:
    users = {"r": reader("pg_maintain")}
    PostgresSpec(version="17.6", users=users)
    with pytest.raises(SpecError, match=r"users\['r'\]\.roles: a role of PostgreSQL 17, which 16\.4 does not have"):
        PostgresSpec(version="16.4", users=users)


def test_an_owner_has_no_name_of_the_server_itself() -> None:
    with pytest.raises(SpecError, match=r"PostgresSpec: credentials\.user: reserved for the server itself, got 'pg_a'"):
        PostgresSpec(version="17", credentials=login("pg_a"))


def test_a_native_store_refuses_the_same_roles(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    with pytest.raises(SpecError, match=r"shop/db: users\['r'\]\.roles: the owner of the database"):
        NativePostgres(
            chart,
            "db",
            image=Image("postgres:17.6"),
            storage=Size.gib(1),
            credentials=login("orders"),
            admin_password=ADMIN,
            users={"r": reader("orders")},
        )


def operated(app: App, **spec: Any) -> Postgres:
    provider = CloudNativePg(provision=Provision(storage=Size.gib(1), synchronous=True))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(postgres=provider))
    return Postgres(chart, "orders-db", PostgresSpec(version="17.6", **spec))


def test_an_owner_by_default_is_not_a_role(app: App) -> None:
    """Without credentials CloudNativePG calls the owner as the database is called."""
    with pytest.raises(SpecError, match=r"shop/orders-db: users\['r'\]\.roles: the owner of the database"):
        operated(app, database="orders", users={"r": reader("orders")})


@pytest.mark.parametrize(
    ("spec", "field", "name"),
    [
        ({"credentials": login("postgres")}, "credentials.user", "postgres"),
        ({"credentials": login("streaming_replica")}, "credentials.user", "streaming_replica"),
        ({"credentials": login("cnpg_x")}, "credentials.user", "cnpg_x"),
        ({"database": "cnpg_x"}, "database", "cnpg_x"),
        ({"users": {"r": reader(name="cnpg_x")}}, "users['r']", "cnpg_x"),
        ({"users": {"r": reader("streaming_replica")}}, "users['r'].roles", "streaming_replica"),
    ],
)
def test_cloudnativepg_keeps_names_for_itself(app: App, spec: dict[str, Any], field: str, name: str) -> None:
    what = f"shop/orders-db: {field}: reserved for PostgreSQL and CloudNativePG, got {name!r}; use another name"
    with pytest.raises(SpecError, match=re.escape(what)):
        operated(app, **spec)


def test_a_user_that_writes_is_known() -> None:
    assert [reader("pg_write_all_data").writes, reader("pg_read_all_data").writes] == [True, False]
    roles = [MongoUser(credentials=login("r")), MongoUser(credentials=login("w"), roles=("read", "readWrite"))]
    assert [each.writes for each in roles] == [False, True]
