"""etcd lets a service that is drawn read its own keys, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from tests.operators import configuration_clients as clients
from tests.operators.etcd.conftest import PASSWORD, Etcd

import pytest

OWN = f"$({clients.PREFIX})"
DENIED = "permission denied"


@pytest.mark.parametrize("service", clients.ETCD_EDGES)
def test_a_service_reads_the_keys_of_its_prefix(service: str, etcd: Etcd) -> None:
    """With exactly its variables and files: router by its certificate, billing by its password."""
    done = etcd.run(service, "get", "--prefix", OWN)

    assert (done.status, done.out.split()) == (0, [f"/config/{service}/colour", f"of-{service}"]), done.said


@pytest.mark.parametrize("service", clients.ETCD_EDGES)
def test_a_service_is_refused_the_keys_of_others(service: str, etcd: Etcd) -> None:
    (other,) = set(clients.ETCD_EDGES) - {service}
    for tried in (f"/config/{other}/colour", "/config/router-admin/colour", f"/config/{service}"):
        done = etcd.run(service, "get", tried)
        assert done.status, tried
        assert DENIED in done.said, tried
    for tried in ("/config/", "/", f"/config/{service}"):
        done = etcd.run(service, "get", "--prefix", tried)
        assert done.status, tried
        assert DENIED in done.said, tried


def test_only_a_service_with_write_access_writes(etcd: Etcd) -> None:
    allowed = etcd.run("billing", "put", f"{OWN}size", "large")
    refused = etcd.run("router", "put", f"{OWN}size", "large")

    assert allowed.status == 0, allowed.said
    assert refused.status
    assert DENIED in refused.said
    assert etcd.run("billing", "del", f"{OWN}size").out.strip() == "1"


def test_a_wrong_password_is_refused(etcd: Etcd) -> None:
    right = etcd.containers["billing"]
    wrong = replace(right, variables={**right.variables, "ETCDCTL_PASSWORD": f"not-{PASSWORD}"})
    etcd.containers["wrong"] = wrong

    done = etcd.run("wrong", "get", "--prefix", OWN)

    assert done.status
    assert "invalid user ID or password" in done.said


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (("ETCDCTL_CACERT",), "certificate signed by unknown authority"),
        (("ETCDCTL_CERT", "ETCDCTL_KEY"), "client didn't provide a certificate"),
    ],
    ids=["authority", "client"],
)
def test_without_a_certificate_no_client_connects(missing: tuple[str, ...], reason: str, etcd: Etcd) -> None:
    """A test of the tests: each end verifies the other with the files that are mounted."""
    right = etcd.containers["router"]
    variables = {name: value for name, value in right.variables.items() if name not in missing}
    etcd.containers["blind"] = replace(right, variables=variables)

    done = etcd.run("blind", "get", "--prefix", OWN, seconds=10)

    assert (done.status != 0, done.out) == (True, "")
    assert reason in done.said + etcd.running.text()
