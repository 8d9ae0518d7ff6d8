"""The pod vocabulary, and what of it contradicts itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.container import Container, Migration
from kmop_constructs.values.env import ConfigMapEnv
from kmop_constructs.values.files import Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Health
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.rollout import Recreate
from kmop_constructs.values.scaling import Autoscaling, ContainerTarget, Replicas
from kmop_constructs.values.security import Security
from kmop_constructs.values.volumes import Claim, EmptyDir
from kmop_constructs.values.workload import Identity, WorkloadSpec

import pytest

IMAGE = Image("acme/web:1.0")


def spec(**fields: Any) -> WorkloadSpec:
    return WorkloadSpec(image=IMAGE, **fields)


def test_text_is_no_image() -> None:
    with pytest.raises(
        SpecError, match=r"^WorkloadSpec.image: not an Image, got 'acme/web:1.0'; write Image\('acme/web"
    ):
        WorkloadSpec(image=cast(Any, "acme/web:1.0"))


def test_a_path_is_short_for_health_at_that_path() -> None:
    assert spec(health="/healthz") == spec(health=Health(path="/healthz"))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("identity", "web"),
        ("health", 8080),
        ("scaling", 3),
        ("disruption", 1),
        ("rollout", None),
        ("rollout", "Recreate"),
        ("shutdown", None),
        ("account", "default"),
        ("placement", {"disk": "ssd"}),
        ("resources", {"cpu": "1"}),
        ("security", {"runAsUser": 1}),
        ("init_containers", ["migrate"]),
        ("env_from", ["config"]),
    ],
)
def test_a_value_of_another_sort_is_refused_where_it_is_written(field: str, wrong: object) -> None:
    with pytest.raises(SpecError, match=rf"^WorkloadSpec.{field}: .*, got .*; write \w+\(…\)"):
        spec(**{field: wrong})


@pytest.mark.parametrize("field", ["command", "args", "env_from", "init_containers"])
def test_one_text_is_not_taken_letter_by_letter(field: str) -> None:
    with pytest.raises(SpecError, match=f"^WorkloadSpec.{field}: a single value instead of a list, got "):
        spec(**{field: "abc"})


@pytest.mark.parametrize("field", ["env", "files", "volumes", "labels", "annotations", "pod_annotations"])
def test_a_list_is_no_mapping(field: str) -> None:
    with pytest.raises(SpecError, match=f"^WorkloadSpec.{field}: not a mapping, got 'list'; write a dict"):
        spec(**{field: [("a", "b")]})


def test_an_isolation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SpecError, match="^WorkloadSpec.isolation: .*, got 'none'; use 'full' or "):
        spec(isolation="none")


def test_one_path_cannot_be_a_file_and_a_volume() -> None:
    with pytest.raises(SpecError, match="^WorkloadSpec.files: '/data' is also a volume"):
        spec(files={"/data": Text("x")}, volumes={"/data/": EmptyDir("data")})


@pytest.mark.parametrize(
    ("resource", "autoscaling"),
    [
        ("cpu", Autoscaling(max_replicas=3)),
        ("memory", Autoscaling(max_replicas=3, memory_percent=80)),
        ("cpu", Autoscaling(max_replicas=3, targets=(ContainerTarget("cpu", utilization_percent=50),))),
    ],
)
def test_an_autoscaler_needs_written_requests(resource: str, autoscaling: Autoscaling) -> None:
    message = rf"^WorkloadSpec.scaling: .* percent of the {resource} request, but resources.{resource} is not set; add resources="
    with pytest.raises(SpecError, match=message):
        spec(scaling=autoscaling)
    with pytest.raises(SpecError, match=message):
        spec(scaling=autoscaling, resources=Resources())
    spec(scaling=autoscaling, resources=Resources(cpu=Cpu("1"), memory=Size("1Gi")))


def test_an_autoscaler_may_count_an_amount_without_a_request() -> None:
    amount = Autoscaling(max_replicas=3, targets=(ContainerTarget("cpu", average=Cpu("1")),))
    assert spec(scaling=amount).scaling is amount


def test_a_claim_on_one_node_forces_recreate() -> None:
    with pytest.raises(SpecError, match=r"^WorkloadSpec.volumes: the claim 'data' .*; set rollout=Recreate\(\)"):
        spec(volumes={"/data": Claim("data")})
    spec(volumes={"/data": Claim("data")}, rollout=Recreate(), scaling=Replicas(1))
    spec(volumes={"/data": Claim("data", shared=True)})


def test_an_init_containers_claim_counts_too() -> None:
    with pytest.raises(SpecError, match="the claim 'data'"):
        spec(init_containers=(Container("init", image=IMAGE, volumes={"/data": Claim("data")}),))


@pytest.mark.parametrize("other", [EmptyDir("data", memory=True), Claim("data", shared=True)])
def test_two_volumes_of_one_name_are_refused(other: EmptyDir | Claim) -> None:
    with pytest.raises(SpecError, match="two different volumes have the name 'data'"):
        spec(volumes={"/a": EmptyDir("data"), "/b": other})
    with pytest.raises(SpecError, match="two different volumes have the name 'data'"):
        spec(volumes={"/a": EmptyDir("data")}, init_containers=(Container("init", image=IMAGE, volumes={"/b": other}),))


def test_volumes_with_equal_sizes_in_other_units_are_equal() -> None:
    volumes = {"/a": EmptyDir("data", size_limit=Size("1Gi")), "/b": EmptyDir("data", size_limit=Size("1024Mi"))}
    assert len(spec(volumes=volumes).volumes) == 2


def test_init_containers_have_names_of_their_own() -> None:
    twice = (Container("init", image=IMAGE), Container("init", image=IMAGE))
    with pytest.raises(SpecError, match="'init'.*; use different names"):
        spec(init_containers=twice)


@pytest.mark.parametrize("security", [Security(fs_group=1), Security(sysctls={"a": "b"})])
def test_settings_of_the_pod_are_refused_for_a_container(security: Security) -> None:
    with pytest.raises(SpecError, match=r"^Container\('init'\).security: .* are pod settings"):
        Container("init", image=IMAGE, security=security)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Identity(name="A"),
        lambda: Identity(instance="a.b"),
        lambda: Identity(app_name=""),
        lambda: Identity(version="1.0 beta"),
        lambda: Identity(selector={"app": "a b"}),
        lambda: Identity(selector={}),
    ],
)
def test_an_identity_that_no_cluster_could_hold_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^Identity\.\w+"):
        make()


def test_an_overlay_changes_what_it_names_and_nothing_else() -> None:
    base = spec(health="/healthz", env={"A": "1"}, env_from=(ConfigMapEnv("c"),))
    staging = replace(base, scaling=Replicas(1))
    assert staging != base
    assert replace(staging, scaling=base.scaling) == base


def test_an_overlay_is_checked_like_a_spec_of_its_own() -> None:
    with pytest.raises(SpecError, match="^WorkloadSpec.scaling"):
        replace(spec(), scaling=Autoscaling(max_replicas=3))


def test_a_spec_does_not_follow_the_dict_it_was_made_of() -> None:
    env = {"A": "1"}
    made = spec(env=env)
    env["B"] = "2"
    assert made.env == {"A": "1"}


@pytest.mark.parametrize(
    ("aliases", "what"),
    [
        ({"db": ("db.local",)}, "not an IP address, got 'db'"),
        ({"10.0.0.1": ("a b",)}, "not a host name, got 'a b'"),
        ({"10.0.0.1": "db"}, "a single value instead of a list, got 'db'"),
    ],
)
def test_an_entry_of_the_hosts_file_is_an_address_and_its_names(aliases: object, what: str) -> None:
    with pytest.raises(SpecError, match=f"^WorkloadSpec.host_aliases: {what}"):
        spec(host_aliases=aliases)


def test_a_migration_needs_command_arguments_or_image() -> None:
    with pytest.raises(SpecError, match="^Migration: command, args and image are not set"):
        Migration()
    with pytest.raises(SpecError, match="^Migration.command: a single value instead of a list, got 'migrate'"):
        Migration(command=cast(Any, "migrate"))
    assert Migration(args=("migrate",)).args == ("migrate",)


def test_an_init_container_has_no_health() -> None:
    init = Container("init", image=IMAGE, health=Health(path="/healthz"))
    with pytest.raises(SpecError, match="^WorkloadSpec.init_containers: 'init' has health checks"):
        spec(init_containers=(init,))
    assert spec(sidecars=(init,)).sidecars == (init,)


def test_a_container_has_no_port_of_a_service() -> None:
    with pytest.raises(SpecError, match=r"^Container\('init'\).ports: port 80 sets node_port"):
        Container("init", image=IMAGE, ports=(Port(80, node_port=30080),))


@pytest.mark.parametrize("wrong", [5, "app"])
def test_a_working_directory_is_absolute(wrong: object) -> None:
    with pytest.raises(SpecError, match="^WorkloadSpec.working_dir: not an absolute path, got "):
        spec(working_dir=wrong)
    assert spec(working_dir="/app").working_dir == "/app"


def test_text_does_not_switch_anything_on() -> None:
    with pytest.raises(SpecError, match="^WorkloadSpec.share_process_namespace: neither True nor False, got 'no'"):
        spec(share_process_namespace="no")
