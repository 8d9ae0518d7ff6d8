"""cert-manager issues what gateways read."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import replace

from apps.gateways import GATEWAYS
from tests.cluster.api import Api, Object, name_of
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.cert_manager.certificates import certificate_of, read_by
from tests.operators.objects import apply, unknown_fields

import pytest

MERGE = "application/merge-patch+json"


def of(shop: str, objects: list[Object]) -> list[Object]:
    """What is drawn for the shop behind a gateway."""
    host = re.compile(rf"['`/]{shop}\.acme\.io['`]")
    return [item for item in objects if host.search(repr(item))]


def certificate(shop: str, objects: list[Object]) -> Object:
    (found,) = [item for item in of(shop, objects) if item["kind"] == "Certificate"]
    return copy.deepcopy(found)


def ready(api: Api, item: Object) -> tuple[str, str]:
    """The status and the reason of a certificate's condition Ready."""
    conditions = api.get(api.path_of(item)).get("status", {}).get("conditions", [])
    return next(((each["status"], each["reason"]) for each in conditions if each["type"] == "Ready"), ("", ""))


def not_ready(api: Api, item: Object) -> list[str]:
    found = ready(api, item)
    return [] if found[0] == "True" else [f"{name_of(item)}: {found}"]


@pytest.mark.parametrize("shop", GATEWAYS)
def test_a_gateway_gets_the_certificate_that_it_reads(shop: str, cluster: Cluster, shops: list[Object]) -> None:
    """For its host, signed by the issuer that the service names, in the Secret that the gateway's own objects name."""
    (read,) = read_by(of(shop, shops))

    eventually(lambda: read.problems(cluster.api))


def test_every_certificate_that_is_drawn_becomes_ready(cluster: Cluster, shops: list[Object]) -> None:
    drawn = [item for item in shops if item["kind"] == "Certificate"]

    eventually(lambda: [problem for item in drawn for problem in not_ready(cluster.api, item)])

    of_gateways = [item for item in drawn if "usages" not in item["spec"] and not item["spec"].get("isCA")]
    assert len(of_gateways) == len(GATEWAYS) - 1  # the native gateway has an annotation on the Ingress


def test_an_annotation_makes_one_certificate_for_a_host(cluster: Cluster, shops: list[Object]) -> None:
    """Both Ingresses of the host have the annotation, and name the same Secret."""
    (read,) = read_by(of("plain", shops))
    eventually(lambda: read.problems(cluster.api))

    made = cluster.api.items(f"/apis/cert-manager.io/v1/namespaces/{read.namespace}/certificates")

    assert [(each["metadata"]["name"], each["spec"]["dnsNames"]) for each in made] == [(read.secret, [*read.hosts])]


def test_a_renewal_makes_a_new_private_key(cluster: Cluster, shops: list[Object]) -> None:
    """The condition Issuing is how `cmctl renew` starts one; `rotationPolicy: Always` is drawn."""
    (read,) = read_by(of("istio", shops))
    eventually(lambda: read.problems(cluster.api))
    item, path = certificate("istio", shops), f"/api/v1/namespaces/{read.namespace}/secrets/{read.secret}"
    eventually(lambda: not_ready(cluster.api, item))
    before, now = cluster.api.get(path), cluster.api.get(cluster.api.path_of(item))
    start = {
        "type": "Issuing",
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "a test",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    change = {"status": {"conditions": [*now["status"]["conditions"], start]}}
    assert cluster.api.send("PATCH", f"{cluster.api.path_of(item)}/status", change, content=MERGE).ok

    def same() -> list[str]:
        after = cluster.api.get(path)
        parts = [name for name in ("tls.key", "tls.crt") if after["data"][name] == before["data"][name]]
        return [f"{read.secret}: the same {each}" for each in parts]

    eventually(same)
    assert certificate_of(cluster.api.get(path)) != certificate_of(before)


def test_a_missing_issuer_is_reported(cluster: Cluster, shops: list[Object]) -> None:
    item = certificate("istio", shops)
    item["metadata"]["name"] = item["spec"]["secretName"] = "without-issuer"
    item["spec"]["issuerRef"]["name"] = "absent"
    apply(cluster.api, [item])
    requests = f"/apis/cert-manager.io/v1/namespaces/{item['metadata']['namespace']}/certificaterequests"

    def silent() -> list[str]:
        mine = [each for each in cluster.api.items(requests) if each["spec"]["issuerRef"]["name"] == "absent"]
        messages = [each["message"] for one in mine for each in one.get("status", {}).get("conditions", [])]
        return [] if any('"absent" not found' in each for each in messages) else [f"no such message in {messages}"]

    eventually(silent)
    assert ready(cluster.api, item) == ("False", "DoesNotExist")


def test_a_certificate_for_another_host_is_a_problem(cluster: Cluster, shops: list[Object]) -> None:
    """A test of the tests: the host of a gateway is compared with the names in the certificate."""
    (read,) = read_by(of("istio", shops))
    eventually(lambda: read.problems(cluster.api))

    (problem,) = replace(read, hosts=frozenset({"other.acme.io"})).problems(cluster.api)

    assert problem.endswith("is for ['istio.acme.io']; want ['other.acme.io']")


def test_this_release_refuses_no_object(
    cluster: Cluster, shops: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    dropped, refused = unknown_fields(cluster, [item for item in shops if item["kind"] == "Certificate"])
    not_seen["cert_manager"].extend(dropped)
    assert refused == []
