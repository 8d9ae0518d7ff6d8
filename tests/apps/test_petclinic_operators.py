"""PetClinic with a database on two platforms: one pod of MySQL in staging, a group of three in production, and one app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from apps import petclinic, petclinic_operators
from apps.platforms import production
from kmop_constructs import CheckError, Platform, Provision, Resources, Size
from kmop_constructs.core.reachability import Topology
from kmop_constructs.providers.native import NativeMySqlProvider
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.operated import with_operated_pods
from tests.apps.schemas import NEWEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]
PLATFORM = petclinic_operators.PLATFORM
STAGING = replace(
    petclinic.PLATFORM,
    mysql=NativeMySqlProvider(provision=Provision(storage=Size.gib(5), resources=Resources.of("250m", "1Gi"))),
)
CALLERS = ("customers-service", "vets-service", "visits-service")
MEMBERS = "StatefulSet/petclinic-db-members"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(petclinic_operators.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    app = App(outdir=str(tmp_path_factory.mktemp("dist")))
    return synthesize(petclinic_operators.build(app, platform=STAGING))


@pytest.fixture(scope="module")
def topology(clinic: Synthesized) -> Topology:
    return with_operated_pods(clinic.objects)


def pod(result: Synthesized, name: str) -> dict[str, Any]:
    return result.one("Deployment", name)["spec"]["template"]["spec"]


def env(result: Synthesized, name: str) -> dict[str, str]:
    """The variables of a service; a reference as ``secret/key``."""
    found: dict[str, str] = {}
    for each in pod(result, name)["containers"][0]["env"]:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        found[each["name"]] = f"{key['name']}/{key['key']}" if key else str(each["value"])
    return found


def test_petclinic_with_operators(clinic: Synthesized, manifests: SnapshotAssertion) -> None:
    assert [each["metadata"]["name"] for each in clinic.pick("MySQL")] == ["petclinic-db"]
    assert not clinic.pick("StatefulSet")
    assert clinic == manifests


def test_the_database_is_a_group_of_three_with_one_primary(clinic: Synthesized) -> None:
    spec = clinic.one("MySQL", "petclinic-db")["spec"]
    assert (spec["replicas"], spec["topology"]["mode"]) == (3, "GroupReplication")
    assert spec["topology"]["group"]["mode"] == "Single-Primary"


@pytest.mark.parametrize("caller", CALLERS)
def test_a_service_with_data_gets_the_variables_of_spring(clinic: Synthesized, caller: str) -> None:
    found = env(clinic, caller)
    assert {name: value for name, value in found.items() if name.startswith("SPRING")} == {
        "SPRING_DATASOURCE_PASSWORD": "petclinic-db/password",
        "SPRING_DATASOURCE_URL": "jdbc:mysql://petclinic-db:3306/petclinic",
        "SPRING_DATASOURCE_USERNAME": "petclinic",
        "SPRING_PROFILES_ACTIVE": "docker,mysql",
    }


@pytest.mark.parametrize("caller", CALLERS)
def test_a_service_has_the_same_variables_in_staging(clinic: Synthesized, staging: Synthesized, caller: str) -> None:
    assert env(clinic, caller) == env(staging, caller)


def test_other_services_know_of_no_database(clinic: Synthesized) -> None:
    others = {each["metadata"]["name"] for each in clinic.pick("Deployment")} - {*CALLERS}
    assert len(others) == 8
    containers = (pod(clinic, name)["containers"][0] for name in others)
    assert not any("mysql" in str(each.get("env")) or "DATASOURCE" in str(each.get("env")) for each in containers)


def test_the_application_is_no_superuser(clinic: Synthesized) -> None:
    """The image makes its user with all rights on its own database, and the administrator has a Secret of its own."""
    spec = clinic.one("MySQL", "petclinic-db")["spec"]
    (container,) = spec["podTemplate"]["spec"]["containers"]
    assert {each["name"]: each.get("value") for each in container["env"]}["MYSQL_USER"] == "petclinic"
    assert spec["authSecret"]["name"] == "petclinic-db-admin"
    assert not any("petclinic-db-admin" in str(pod(clinic, caller)) for caller in CALLERS)


@pytest.mark.parametrize("caller", CALLERS)
def test_the_authority_is_mounted_without_a_key(clinic: Synthesized, caller: str) -> None:
    (secret,) = [each["secret"] for each in pod(clinic, caller)["volumes"] if "secret" in each]
    assert secret == {"secretName": "petclinic-db-server-cert", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    mounts = {each["mountPath"] for each in pod(clinic, caller)["containers"][0]["volumeMounts"]}
    assert "/etc/authorities/petclinic-db" in mounts
    assert clinic.one("MySQL", "petclinic-db")["spec"]["requireSSL"] is True


def test_policies_open_the_database_to_its_callers_alone(clinic: Synthesized, topology: Topology) -> None:
    for each in clinic.pick("Deployment"):
        name = each["metadata"]["name"]
        assert topology.verdict(f"Deployment/{name}", MEMBERS, 3306).allowed == (name in CALLERS), name
        assert not topology.verdict(f"Deployment/{name}", MEMBERS, 33061).allowed


def test_the_operator_the_members_and_the_dump_reach_it(topology: Topology) -> None:
    for source, port in (("StatefulSet/kubedb", 3306), (MEMBERS, 33061), ("CronJob/petclinic-db-dump", 3306)):
        assert topology.verdict(source, MEMBERS, port).allowed, source
    assert topology.verdict("CronJob/petclinic-db-dump", "203.0.113.7", 443).allowed
    assert not topology.verdict(MEMBERS, "203.0.113.7", 443).allowed


def test_the_database_is_dumped_each_night(clinic: Synthesized) -> None:
    job = clinic.one("CronJob", "petclinic-db-dump")["spec"]
    spec = job["jobTemplate"]["spec"]["template"]["spec"]
    assert job["schedule"] == "30 2 * * *"
    target = {each["name"]: each.get("value") for each in spec["containers"][0]["env"]}["TARGET"]
    assert target == "bucket:acme-backups/mysql/eu-1/petclinic/petclinic-db"
    assert "ssl-mode=VERIFY_IDENTITY" in spec["initContainers"][0]["command"][2]


def test_a_database_without_a_copy_is_an_error(app: App) -> None:
    platform = replace(PLATFORM, mysql=production.MYSQL.members)
    with pytest.raises(CheckError) as found:
        synthesize(petclinic_operators.build(app, platform=platform))
    assert [(each.rule, each.path) for each in found.value.findings] == [("store-backup", "petclinic/petclinic-db")]


def test_only_the_database_and_its_callers_differ(app: App, staging: Synthesized) -> None:
    """One word of the platform: no other service, route or policy knows of it."""
    platform: Platform = replace(PLATFORM, reload=petclinic.PLATFORM.reload)
    after = synthesize(petclinic_operators.build(app, platform=platform))

    def known(result: Synthesized) -> dict[tuple[str, str], dict[str, Any]]:
        return {(each["kind"], each["metadata"]["name"]): each for each in result.objects}

    first, second = known(staging), known(after)
    changed = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    assert changed == {(kind, name) for kind in ("Deployment", "NetworkPolicy") for name in CALLERS} | {
        ("NetworkPolicy", "petclinic-db")
    }
    assert all(name.startswith("petclinic-db") for _, name in first.keys() ^ second.keys())


def test_nothing_is_noticed(clinic: Synthesized, staging: Synthesized) -> None:
    assert clinic.notices == staging.notices == ()


@pytest.mark.parametrize("version", ["1.32", NEWEST])  # the oldest that Elastic Cloud on Kubernetes supports
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = petclinic_operators.build(app, platform=replace(PLATFORM, kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def test_the_page_gives_the_reason_of_every_difference() -> None:
    page = " ".join((ROOT / "docs/apps/petclinic.md").read_text(encoding="utf-8").split())
    file = ROOT / "tests/apps/petclinic_operators.accept.yaml"
    accepted = yaml.safe_load(file.read_text(encoding="utf-8"))["accept"]
    assert accepted
    assert [each["reason"] for each in accepted if each["reason"] not in page] == []


def test_the_page_names_the_secrets_from_outside_the_app(clinic: Synthesized) -> None:
    section = (ROOT / "docs/apps/petclinic.md").read_text(encoding="utf-8").partition("## With a database")[2]
    names = {each.name for each in clinic.required if each.kind == "Secret"} - {"openai"}
    assert names == {"backups", "petclinic-db", "petclinic-db-admin"}
    assert [name for name in sorted(names) if f"`{name}`" not in section] == []
