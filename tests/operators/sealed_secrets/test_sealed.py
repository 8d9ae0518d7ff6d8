"""What is sealed for the controller is opened into the Secrets that the workloads read."""

from __future__ import annotations

import copy
import json
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.objects import apply, unknown_fields
from tests.operators.running import Running
from tests.operators.sealed_secrets.conftest import CERTIFICATE, PLAIN, Drawn
from tests.operators.sealed_values import FILES, PLACE, TYPES
from tests.operators.secret_objects import (
    COLLECTED,
    condition,
    exists,
    pick,
    read_keys,
    replaced,
    secret_of,
    settled,
    values,
)

import pytest
import yaml

WORKLOADS = ("orders", "catalog", "front", "hooks", "ledger")


def not_opened(api: Api, wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    found = {name: values(api, PLACE, name) for name in wanted}
    return [f"{name}: {found[name]}" for name in wanted if found[name] != wanted[name]]


def opened(cluster: Cluster, **changed: Mapping[str, str]) -> None:
    """Wait until every Secret has its values."""
    eventually(lambda: not_opened(cluster.api, {**PLAIN, **changed}))


def sealed_of(shop: Drawn, name: str) -> Object:
    return copy.deepcopy(pick(shop.objects, "SealedSecret", PLACE, name))


def moved(item: Object, name: str, namespace: str) -> Object:
    """The same encrypted values under another name or namespace."""
    for metadata in (item["metadata"], item["spec"]["template"]["metadata"]):
        metadata |= {"name": name, "namespace": namespace}
    return item


def test_every_secret_is_opened_as_it_was_sealed(cluster: Cluster, shop: Drawn) -> None:
    """Files of the three scopes that the commands of the library's messages have made, and values of `kubeseal --raw`."""
    opened(cluster)

    for name in FILES:
        assert secret_of(cluster.api, PLACE, name)["type"] == TYPES.get(name, "Opaque")
    assert condition(cluster.api, sealed_of(shop, "stripe"), "Synced")[0] == "True"


def test_every_key_that_a_pod_reads_is_there(cluster: Cluster, shop: Drawn) -> None:
    opened(cluster)

    read = {(name, key) for place, name, key in read_keys(shop.objects) if place == PLACE}
    assert {name for name, _ in read} >= {"stripe", "mail", "license", "everywhere"}
    for name, key in read:
        assert values(cluster.api, PLACE, name)[key], f"{name}: {key}"


def test_a_secret_goes_with_its_sealed_secret(cluster: Cluster, shop: Drawn) -> None:
    opened(cluster)
    assert [each["kind"] for each in secret_of(cluster.api, PLACE, "license")["metadata"]["ownerReferences"]] == ["SealedSecret"]  # fmt: skip

    assert cluster.api.send("DELETE", cluster.api.path_of(sealed_of(shop, "license"))).ok

    eventually(lambda: ["still there"] if exists(cluster.api, PLACE, "license") else [], within=COLLECTED)


@pytest.mark.parametrize(
    ("source", "name", "namespace"),
    [("stripe", "stolen", PLACE), ("stripe", "stripe", "elsewhere"), ("shared", "shared", "elsewhere")],
    ids=["strict-name", "strict-namespace", "namespace-wide"],
)
def test_a_value_is_not_opened_outside_its_scope(
    source: str, name: str, namespace: str, cluster: Cluster, shop: Drawn
) -> None:
    item = moved(sealed_of(shop, source), name, namespace)
    apply(cluster.api, [item])

    eventually(lambda: [] if condition(cluster.api, item, "Synced")[0] == "False" else ["not refused"])
    assert not exists(cluster.api, namespace, name)


def test_a_cluster_wide_value_is_opened_everywhere(cluster: Cluster, shop: Drawn) -> None:
    item = moved(sealed_of(shop, "everywhere"), "anything", "elsewhere")
    apply(cluster.api, [item])

    eventually(lambda: [] if values(cluster.api, "elsewhere", "anything") == PLAIN["everywhere"] else ["not opened"])


def test_a_new_value_replaces_exactly_its_readers(cluster: Cluster, shop: Drawn) -> None:
    """A new file; then a new value in the program. Two workloads read the one, one the other."""
    opened(cluster)
    settled(cluster.api, PLACE, WORKLOADS)
    second = {"STRIPE_KEY": "sk-second", "WEBHOOK_KEY": "wh-first"}
    (shop.sealer.folder / "production" / "stripe.yaml").unlink()
    command = shop.sealer.asked(shop.sealed)
    assert command
    shop.sealer.shell(command, second)

    def new_file() -> None:
        apply(cluster.api, shop.sealer.draw(shop.sealed))
        opened(cluster, stripe=second)

    assert replaced(cluster.api, PLACE, "front", new_file) == {"orders", "hooks"}
    sealed = {**shop.sealed, "everywhere": shop.sealer.raw("everywhere", "everywhere-second", "cluster-wide")}

    def new_value() -> None:
        apply(cluster.api, shop.sealer.draw(sealed))
        opened(cluster, stripe=second, everywhere={"key": "everywhere-second"})

    assert replaced(cluster.api, PLACE, "front", new_value) == {"ledger"}


def test_what_has_not_changed_replaces_no_pod(cluster: Cluster, shop: Drawn) -> None:
    opened(cluster)
    settled(cluster.api, PLACE, WORKLOADS)

    again = shop.sealer.draw(shop.sealed)

    assert replaced(cluster.api, PLACE, "front", lambda: apply(cluster.api, again)) == set()


def test_a_value_encrypted_again_replaces_its_readers(cluster: Cluster, shop: Drawn) -> None:
    """`kubeseal --re-encrypt` gives another text for the same value."""
    opened(cluster)
    settled(cluster.api, PLACE, WORKLOADS)
    file = shop.sealer.folder / "production" / "mail.yaml"
    file.write_text(shop.sealer.run("--re-encrypt", "--format=yaml", text=file.read_text(encoding="utf-8")))

    def change() -> None:
        apply(cluster.api, shop.sealer.draw(shop.sealed))

    assert replaced(cluster.api, PLACE, "front", change) == {"catalog"}
    opened(cluster)


def test_a_new_revision_of_a_plain_secret_replaces_readers(cluster: Cluster, shop: Drawn) -> None:
    """A `NativeSecret` in the same app: its readers alone."""
    opened(cluster)
    settled(cluster.api, PLACE, WORKLOADS)
    again = shop.sealer.draw(shop.sealed, login="2")

    assert replaced(cluster.api, PLACE, "front", lambda: apply(cluster.api, again)) == {"hooks"}


def test_a_missing_key_is_added_by_the_command(cluster: Cluster, shop: Drawn) -> None:
    """The file lacks a key: the message has the command with `--merge-into`, which keeps the others."""
    opened(cluster)
    file = shop.sealer.folder / "production" / "stripe.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    kept = content["spec"]["encryptedData"]
    del kept["STRIPE_KEY"]
    file.write_text(json.dumps(content), encoding="utf-8")
    command = shop.sealer.asked(shop.sealed)
    assert command
    assert "--merge-into" in command

    shop.sealer.shell(command, {"STRIPE_KEY": "sk-merged"})

    objects = shop.sealer.draw(shop.sealed)
    found = pick(objects, "SealedSecret", PLACE, "stripe")["spec"]["encryptedData"]
    assert {key: found[key] for key in kept} == kept
    apply(cluster.api, objects)
    opened(cluster, stripe={"STRIPE_KEY": "sk-merged", "WEBHOOK_KEY": "wh-first"})


def test_old_values_are_opened_after_a_new_key(cluster: Cluster, shop: Drawn, operator: Running) -> None:
    """The controller makes a key every 30 days, and when it gets this signal. No pod is replaced."""
    opened(cluster)
    settled(cluster.api, PLACE, WORKLOADS)
    old = cluster.api.send("GET", CERTIFICATE).body
    item = sealed_of(shop, "mail")

    def change() -> None:
        operator.process.send_signal(signal.SIGUSR1)
        eventually(lambda: ["the old key"] if cluster.api.send("GET", CERTIFICATE).body == old else [])
        assert cluster.api.send("DELETE", cluster.api.path_of(item)).ok
        eventually(lambda: ["still there"] if exists(cluster.api, PLACE, "mail") else [], within=COLLECTED)
        apply(cluster.api, [item])
        opened(cluster)

    assert replaced(cluster.api, PLACE, "front", change) == set()


def test_kubeseal_knows_what_the_controller_can_open(cluster: Cluster, shop: Drawn) -> None:
    opened(cluster)
    text = (shop.sealer.folder / "production" / "mail.yaml").read_text(encoding="utf-8")
    shop.sealer.run("--validate", text=text)

    with pytest.raises(subprocess.CalledProcessError, match="kubeseal") as caught:
        shop.sealer.run("--validate", text=text.replace("name: mail", "name: other"))
    assert "unable to decrypt" in caught.value.stderr


def test_this_release_refuses_no_object(
    cluster: Cluster, shop: Drawn, not_seen: Mapping[str, list[str]], program: Callable[[str, str], Path]
) -> None:
    assert program("sealed_secrets", "controller").exists()
    own = [each for each in shop.objects if each["kind"] == "SealedSecret"]
    dropped, others = unknown_fields(cluster, own)
    not_seen["sealed_secrets"].extend(dropped)
    assert others == []
