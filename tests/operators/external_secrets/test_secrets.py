"""External Secrets makes the Secrets that the workloads read."""

from __future__ import annotations

import copy
import json
import string
from collections.abc import Mapping

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.external_secrets.stores import read_again, refreshed_at
from tests.operators.objects import apply, unknown_fields
from tests.operators.secret_objects import COLLECTED, condition, exists, pick, read_keys, secret_of, values
from tests.operators.stored_secrets import VALUES

import pytest

PRODUCTION = VALUES["kv/production/orders"]
NO_STORE = {"name": "absent", "kind": "SecretStore"}
OWN = "external-secrets.io/"
IMMUTABLE = (
    "An ExternalSecret whose generated Secret is already there is not Ready, because the Secret is immutable: it was applied again, "
    "or the operator could not write its status the first time; releases from 0.19.1 on report no error"
)


def made(objects: list[Object]) -> list[Object]:
    return [each for each in objects if each["kind"] == "ExternalSecret"]


def of(objects: list[Object], name: str) -> Object:
    """The ExternalSecret of the shop."""
    return pick(objects, "ExternalSecret", "shop", name)


def drawn_keys(item: Object) -> set[str]:
    spec = item["spec"]
    targets = {one["rewrite"][0]["regexp"]["target"] for one in spec.get("dataFrom", [])}
    return {each["secretKey"] for each in spec.get("data", [])} | targets


def not_ready(api: Api, item: Object) -> list[str]:
    found = condition(api, item, "Ready")
    ready = found == ("True", "SecretSynced") or (found == ("False", "SecretSyncedError") and is_made_once(api, item))
    return [] if ready else [f"{item['metadata']['name']}: {found}"]


def is_made_once(api: Api, item: Object) -> bool:
    """Whether the Secret is complete and immutable: this release then reports an error where it looks again (`IMMUTABLE`)."""
    place, name = item["metadata"]["namespace"], item["metadata"]["name"]
    if not item["spec"]["target"].get("immutable") or not exists(api, place, name):
        return False
    return bool(secret_of(api, place, name).get("immutable")) and set(values(api, place, name)) == drawn_keys(item)


def all_ready(api: Api, objects: list[Object]) -> None:
    eventually(lambda: [problem for item in made(objects) for problem in not_ready(api, item)])


def refused(api: Api, item: Object) -> None:
    """Wait until the operator says that it cannot make the Secret; there is none."""
    apply(api, [item])
    eventually(lambda: [] if condition(api, item, "Ready")[0] == "False" else ["no condition Ready=False"])
    assert condition(api, item, "Ready")[1] == "SecretSyncedError"
    assert not exists(api, item["metadata"]["namespace"], item["metadata"]["name"])


def renamed(item: Object, name: str) -> Object:
    found = copy.deepcopy(item)
    found["metadata"]["name"] = found["spec"]["target"]["name"] = name
    return found


def test_each_secret_has_exactly_the_keys_that_are_drawn(cluster: Cluster, secrets: list[Object]) -> None:
    all_ready(cluster.api, secrets)

    for item in made(secrets):
        place, name = item["metadata"]["namespace"], item["metadata"]["name"]
        assert set(values(cluster.api, place, name)) == drawn_keys(item), f"{place}/{name}"


def test_every_key_that_a_pod_reads_is_there(cluster: Cluster, secrets: list[Object]) -> None:
    all_ready(cluster.api, secrets)

    read = read_keys(secrets)
    assert {("shop", "stripe", "WEBHOOK_KEY"), ("shop", "mail", "password"), ("billing", "shop-db", "password")} <= read
    for place, name, key in read:
        assert values(cluster.api, place, name)[key], f"{place}/{name}: {key}"


def test_a_value_is_that_of_its_environment(cluster: Cluster, secrets: list[Object]) -> None:
    """The path has {environment}; the store has other values for staging."""
    eventually(lambda: not_ready(cluster.api, of(secrets, "stripe")))

    assert values(cluster.api, "shop", "stripe") == {
        "STRIPE_KEY": PRODUCTION["stripe"],
        "WEBHOOK_KEY": PRODUCTION["webhook"],
    }


def test_a_whole_value_gets_the_type_that_is_drawn(cluster: Cluster, secrets: list[Object]) -> None:
    eventually(lambda: not_ready(cluster.api, of(secrets, "license")))

    assert secret_of(cluster.api, "shop", "license")["type"] == "acme.io/license"
    text = values(cluster.api, "shop", "license")["license.json"]
    assert json.loads(text) == VALUES["kv/production/license"]


def test_a_secret_that_is_read_again_has_its_owner(cluster: Cluster, secrets: list[Object]) -> None:
    """And is deleted with it; a generated one has no owner."""
    all_ready(cluster.api, secrets)

    owners = {
        name: [each["name"] for each in secret_of(cluster.api, "shop", name)["metadata"].get("ownerReferences", [])]
        for name in ("stripe", "once", "db", "mixed")
    }

    assert owners == {"stripe": ["stripe"], "once": ["once"], "db": [], "mixed": []}


def test_a_secret_goes_with_its_external_secret(cluster: Cluster, secrets: list[Object]) -> None:
    item = renamed(of(secrets, "mail"), "mail-for-a-while")
    apply(cluster.api, [item])
    eventually(lambda: not_ready(cluster.api, item))

    assert cluster.api.send("DELETE", cluster.api.path_of(item)).ok

    eventually(lambda: ["still there"] if exists(cluster.api, "shop", "mail-for-a-while") else [], within=COLLECTED)


def test_generated_passwords_have_their_length_and_signs(cluster: Cluster, secrets: list[Object]) -> None:
    all_ready(cluster.api, secrets)
    letters = set(string.ascii_letters + string.digits)
    db, cookie = values(cluster.api, "shop", "db"), values(cluster.api, "shop", "mixed")["cookie"]

    assert (len(db["password"]), len(db["admin"]), len(cookie)) == (32, 48, 64)
    assert set(db["password"]) | set(cookie) <= letters
    assert set(db["admin"]) - letters <= set(string.punctuation)
    assert set(db["admin"]) - letters


def test_a_generated_password_stays_when_it_is_looked_at(cluster: Cluster, secrets: list[Object]) -> None:
    """Changed metadata and a changed field make the operator look again; a later one of its queue shows that it has."""
    all_ready(cluster.api, secrets)
    before, read = secret_of(cluster.api, "shop", "db"), refreshed_at(cluster.api, of(secrets, "db"))
    item = copy.deepcopy(of(secrets, "db"))
    item["metadata"]["annotations"] = {"force-sync": "1"}
    item["spec"]["refreshInterval"] = "1s"
    apply(cluster.api, [item])

    read_again(cluster.api, of(secrets, "mail"))

    assert secret_of(cluster.api, "shop", "db")["data"] == before["data"]
    assert refreshed_at(cluster.api, item) == read


def test_a_generated_password_outlives_its_object(
    cluster: Cluster, secrets: list[Object], accepted: Mapping[str, list[str]]
) -> None:
    """Deleted and applied again, the ExternalSecret finds an immutable Secret, and changes nothing."""
    item = renamed(of(secrets, "mixed"), "mixed-again")
    apply(cluster.api, [item])
    # It is ready at first, and no more when it is looked at again: the Secret is immutable.
    path = "/api/v1/namespaces/shop/secrets/mixed-again"
    eventually(lambda: [] if cluster.api.send("GET", path).body.get("data") else ["mixed-again: no Secret"])
    before = secret_of(cluster.api, "shop", "mixed-again")
    assert cluster.api.send("DELETE", cluster.api.path_of(item)).ok
    apply(cluster.api, [item])

    eventually(lambda: [] if condition(cluster.api, item, "Ready")[0] == "False" else ["not looked at again"])

    after = secret_of(cluster.api, "shop", "mixed-again")
    assert (after["metadata"]["uid"], after["data"]) == (before["metadata"]["uid"], before["data"])
    assert after["immutable"] is True
    accepted["external_secrets"].append(IMMUTABLE)


def test_a_missing_store_makes_no_secret(cluster: Cluster, secrets: list[Object]) -> None:
    item = renamed(of(secrets, "mail"), "without-store")
    item["spec"]["secretStoreRef"] = NO_STORE
    refused(cluster.api, item)


@pytest.mark.parametrize("remote", [{"key": "kv/production/none"}, {"key": "kv/production/mail", "property": "none"}], ids=["path", "field"])  # fmt: skip
def test_a_missing_value_makes_no_secret(
    remote: Mapping[str, str], cluster: Cluster, secrets: list[Object], request: pytest.FixtureRequest
) -> None:
    item = renamed(of(secrets, "mail"), f"without-{request.node.callspec.id}")
    item["spec"]["data"][0]["remoteRef"] = dict(remote)
    refused(cluster.api, item)


def test_a_shared_store_refuses_other_namespaces(cluster: Cluster, secrets: list[Object]) -> None:
    """The conditions of the ClusterSecretStore name the namespace `partners` alone."""
    drawn = pick(secrets, "ExternalSecret", "partners", "stripe")
    eventually(lambda: not_ready(cluster.api, drawn))
    assert values(cluster.api, "partners", "stripe") == {"STRIPE_KEY": PRODUCTION["stripe"]}

    item = renamed(drawn, "from-elsewhere")
    item["metadata"]["namespace"] = "billing"
    refused(cluster.api, item)


def test_this_release_refuses_no_object(
    cluster: Cluster, secrets: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    own = [each for each in secrets if OWN in each["apiVersion"]]
    dropped, others = unknown_fields(cluster, own)
    not_seen["external_secrets"].extend(dropped)
    assert others == []
