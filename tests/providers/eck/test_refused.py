"""What ECK and its provider refuse, each by path, field and value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    KmopChart,
    Platform,
    Provision,
    Resources,
    SecretKey,
    Size,
    SpecError,
)
from kmop_constructs.providers.eck import Eck
from kmop_constructs.stores import Pooler

import pytest
from cdk8s import App

PROVISION = Provision(storage=Size.gib(50), resources=Resources.of("1", "4Gi"))
PASSWORD = ExistingSecret("search-login").key("password")
LOGIN = Credentials(user="orders", password=PASSWORD)
SEARCH = ElasticsearchSpec(version="9.2.1", credentials=LOGIN)


def shop(app: App, provided: Provision = PROVISION) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=Platform(elasticsearch=Eck(provision=provided)))


@pytest.mark.parametrize(
    ("spec", "provided", "message"),
    [
        (SEARCH, Provision(), "shop/search: provision.storage: not set"),
        (SEARCH, PROVISION.overridden(Provision(instances=2)), "provision.instances: two nodes"),
        (SEARCH, PROVISION.overridden(Provision(synchronous=True)), "provision.synchronous: Elasticsearch waits"),
        (SEARCH, PROVISION.overridden(Provision(pooler=Pooler())), "provision.pooler: Elasticsearch has no sessions"),
        (
            SEARCH,
            PROVISION.overridden(Provision(resources=Resources.of("1"))),
            "provision.resources: no memory limit, from which",
        ),
        (replace(SEARCH, version="9"), PROVISION, "shop/search: version: not a whole version, which ECK reads, got '9'"),
        (replace(SEARCH, version="8.7.1"), PROVISION, "version: ECK 3.5 runs Elasticsearch 8 and 9.*got '8.7.1'"),
        (replace(SEARCH, version="10.0.0"), PROVISION, "version: ECK 3.5 runs Elasticsearch 8 and 9"),
        (replace(SEARCH, credentials=None), PROVISION, "credentials: not set, and the only login that ECK makes is"),
        (replace(SEARCH, password=PASSWORD), PROVISION, r"password: ECK makes the password of the superuser.*leaves_out=\('password',\)"),
        (
            replace(SEARCH, credentials=Credentials.of(ExistingSecret("search-login"))),
            PROVISION,
            r"credentials\.user: the name of the user is not text.*a reference to a Secret",
        ),
        (
            replace(SEARCH, credentials=replace(LOGIN, user="elastic")),
            PROVISION,
            r"credentials\.user: the superuser, or a name that ECK keeps for itself, got 'elastic'",
        ),
        (
            replace(SEARCH, credentials=replace(LOGIN, user="a:b")),
            PROVISION,
            r"credentials\.user: not the name of a user in files",
        ),
        (
            replace(SEARCH, credentials=Credentials(user="orders", password=SecretKey("a", "pass"))),
            PROVISION,
            r"credentials\.password: not the key of a password that ECK reads, got 'pass'",
        ),
        (
            replace(SEARCH, settings={"cluster.name": "a"}),
            PROVISION,
            "settings: set by ECK itself, got 'cluster.name'",
        ),
        (
            replace(SEARCH, settings={"xpack.security.authc.realms.file.file1.order": "1"}),
            PROVISION,
            "settings: set by ECK itself",
        ),
        (replace(SEARCH, settings={"node.roles": "data"}), PROVISION, "settings: all nodes of this provider have all roles"),
        (replace(SEARCH, settings={"Cluster Name": "a"}), PROVISION, "settings: not the name of a setting"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(app: App, spec: ElasticsearchSpec, provided: Provision, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Elasticsearch(shop(app, provided), "search", spec)


def test_a_name_of_37_characters_is_refused(app: App) -> None:
    with pytest.raises(SpecError, match="name: too long for an Elasticsearch.*at most 36 characters"):
        Elasticsearch(shop(app), "s" * 37, SEARCH)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"licence": "platinum"}, "'basic' or 'enterprise'"),
        ({"zones": "no"}, "Eck.zones: neither True nor False"),
        ({"memory_maps": 1}, "Eck.memory_maps: neither True nor False"),
        ({"superuser": None}, "Eck.superuser: neither True nor False"),
        ({"leaves_out": ("storage",)}, "Eck.leaves_out"),
        ({"images": {"9.2.1": "a:1"}}, r"Eck.images\['9.2.1'\]"),
        ({"provision": 3}, "Eck.provision"),
    ],
)
def test_a_wrong_provider_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Eck(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"indices": ()}, "ElasticsearchSpec.indices: empty"),
        ({"indices": ("Orders",)}, "not the name or pattern of an index, got 'Orders'"),
        ({"indices": "orders"}, "ElasticsearchSpec.indices"),
        ({"credentials": "canary-4711"}, "ElasticsearchSpec.credentials"),
        ({"indices": ("orders",), "credentials": None}, "set without credentials"),
    ],
)
def test_a_wrong_spec_is_refused(fields: dict[str, Any], message: str) -> None:
    wanted: dict[str, Any] = {"version": "9.2.1", "credentials": LOGIN, **fields}
    with pytest.raises(SpecError, match=message) as caught:
        ElasticsearchSpec(**wanted)
    assert "canary" not in str(caught.value)
