"""Consul lets a service that is drawn read its own keys, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from kmop_constructs.providers.consul import ConsulConfig
from tests.operators import configuration_clients as clients
from tests.operators.consul.conftest import KEYS, Consul

import pytest

OWN = f"$({clients.PREFIX})"
DENIED = "Permission denied"
READERS = ("billing", "local")


@pytest.mark.parametrize("service", READERS)
def test_a_service_reads_the_keys_of_its_prefix(service: str, consul: Consul) -> None:
    """With exactly its variables and files: billing from the servers by TLS, local from the agent on its node."""
    done = consul.run(service, "kv", "get", f"{OWN}colour")

    assert (done.status, done.out.strip()) == (0, f"of-{service}"), done.said


@pytest.mark.parametrize("service", READERS)
def test_a_service_is_refused_the_keys_of_others(service: str, consul: Consul) -> None:
    others = [key for key in KEYS if not key.startswith(f"config/{service}/")]
    found = {key: consul.run(service, "kv", "get", key) for key in others}

    assert {key: done.out for key, done in found.items()} == dict.fromkeys(others, "")
    assert all(done.status for done in found.values())


def test_only_a_service_with_write_access_writes(consul: Consul) -> None:
    """The token of the editor is in a variable, not in a file."""
    allowed = consul.run("editor", "kv", "put", f"{OWN}billing/size", "large")
    refused = consul.run("billing", "kv", "put", f"{OWN}size", "small")
    beside = consul.run("editor", "kv", "put", "other/size", "large")

    assert allowed.status == 0, allowed.said
    assert [DENIED in each.said for each in (refused, beside)] == [True, True]
    assert consul.run("billing", "kv", "get", f"{OWN}size").out.strip() == "large"


def test_a_spring_service_may_read_its_own_contexts(consul: Consul) -> None:
    """The policy of `spring_config`: its name, its profiles and what all share."""
    edge = clients.CONSUL_EDGES["catalog"]
    assert isinstance(edge, ConsulConfig)
    token = consul.containers["catalog"].variables["SPRING_CLOUD_CONSUL_CONFIG_ACLTOKEN"]

    found = {key: consul.command(token, "kv", "get", key).out.strip() for key in KEYS}

    own = ("config/catalog/", "config/catalog,test/", "config/application/")
    assert found == {key: value if key.startswith(own) else "" for key, value in KEYS.items()}


def test_a_client_without_its_token_reads_nothing(consul: Consul) -> None:
    """A test of the tests: the anonymous token has no rights."""
    right = consul.containers["billing"]
    without = {name: value for name, value in right.variables.items() if name != "CONSUL_HTTP_TOKEN_FILE"}
    consul.containers["nobody"] = replace(right, variables=without)

    done = consul.run("nobody", "kv", "get", f"{OWN}colour")

    assert done.status
    assert done.out == ""


def test_a_client_without_the_authority_does_not_connect(consul: Consul) -> None:
    """A test of the tests: the certificate of the server is verified with the file and the name that are drawn."""
    right = consul.containers["billing"]
    for name in ("CONSUL_CACERT", "CONSUL_TLS_SERVER_NAME"):
        less = {each: value for each, value in right.variables.items() if each != name}
        consul.containers["blind"] = replace(right, variables=less)
        done = consul.run("blind", "kv", "get", f"{OWN}colour")
        assert done.status, name
        assert "certificate" in done.said, name
