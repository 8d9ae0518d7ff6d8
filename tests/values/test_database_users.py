"""Users of databases: their names, and the roles that they are members of."""

from __future__ import annotations

from kmop_constructs import Credentials, MongoSpec, PostgresSpec, SecretKey, SpecError
from kmop_constructs.stores import DatabaseUser, MongoUser

import pytest

KEY = SecretKey("db", "password", external=True)


def user(name: str, *roles: str) -> DatabaseUser:
    return DatabaseUser(credentials=Credentials(user=name, password=KEY), roles=roles)


def test_a_role_of_the_server_itself_is_not_created() -> None:
    assert user("reports", "pg_read_all_data", "orders_reader").created_roles == ("orders_reader",)


@pytest.mark.parametrize("name", ["postgres", "pg_reports"])
def test_a_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"DatabaseUser.credentials.user: reserved for the server itself"):
        user(name)


@pytest.mark.parametrize("role", ["pg_read_server_files", "pg_write_server_files", "pg_execute_server_program"])
def test_a_role_with_the_power_of_a_superuser_is_refused(role: str) -> None:
    with pytest.raises(SpecError, match=r"DatabaseUser.roles: as powerful as a superuser"):
        user("reports", role)


@pytest.mark.parametrize("name", ["A B", "a;b", '"'])
def test_a_name_that_needs_quoting_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="not the name of a user or role"):
        user(name)


def test_two_users_of_one_name_are_refused() -> None:
    with pytest.raises(SpecError, match=r"PostgresSpec: users\['b'\]: has the name of the user 'a', got 'u'"):
        PostgresSpec(version="17", users={"a": user("u"), "b": user("u")})


def test_the_name_of_the_owner_is_refused() -> None:
    owner = Credentials(user="shop", password=KEY)
    with pytest.raises(SpecError, match=r"PostgresSpec: users\['a'\]: has the name of the owner, got 'shop'"):
        PostgresSpec(version="17", credentials=owner, users={"a": user("shop")})
    with pytest.raises(SpecError, match=r"MongoSpec: users\['a'\]: has the name of the owner, got 'shop'"):
        MongoSpec(version="8", credentials=owner, users={"a": MongoUser(credentials=owner)})
