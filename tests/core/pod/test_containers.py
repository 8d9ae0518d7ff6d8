"""Containers: image, environment, resources."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    UNLIMITED,
    ConfigKey,
    ConfigMapEnv,
    ConflictError,
    Container,
    ContainerField,
    Cpu,
    Health,
    Image,
    Migration,
    PodField,
    Port,
    Resources,
    SecretEnv,
    SecretKey,
    Shutdown,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.authors import Contribution
from kmop_constructs.core.pod.containers import container as drawn_container
from kmop_constructs.core.pod.template import PodPlan
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.container import ContainerSpec

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Draw = Callable[..., dict[str, Any]]

NO_PAUSE = Shutdown(pause=timedelta(0))
DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        (Image("acme/web:1.0"), "Always"),
        (Image(f"acme/web@{DIGEST}"), None),
        (Image(f"acme/web:1.0@{DIGEST}"), None),
        (Image("acme/web:1.0", pull_policy="IfNotPresent"), "IfNotPresent"),
        (Image(f"acme/web@{DIGEST}", pull_policy="Always"), "Always"),
    ],
)
def test_a_tag_is_pulled_every_time_because_it_can_be_moved(container: Draw, image: Image, policy: str | None) -> None:
    drawn = container(image=image)
    assert drawn["image"] == image.reference
    assert drawn.get("imagePullPolicy") == policy


def test_images_come_from_the_platforms_mirror() -> None:
    cluster = Cluster(registries={"docker.io": "mirror.acme.io"})
    assert (
        drawn_container("web", ContainerSpec(image=Image("acme/web:1.0")), cluster).get("image")
        == "mirror.acme.io/acme/web:1.0"
    )


def test_missing_resources_are_guessed_with_a_notice(draw: Callable[..., PodPlan], container: Draw) -> None:
    assert container()["resources"] == {
        "requests": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "64Mi"},
        "limits": {"memory": "512Mi", "ephemeral-storage": "1Gi"},
    }
    assert [notice.rule for notice in draw().notices] == ["resources-guessed"]
    assert draw(resources=Resources()).notices == ()


def test_guessed_resources_of_other_containers_are_noticed(draw: Callable[..., PodPlan]) -> None:
    beside = {
        "sidecars": (
            Container("proxy", image=Image("acme/x:1")),
            Container("cache", image=Image("acme/x:1"), resources=Resources()),
        ),
        "init_containers": (Container("init", image=Image("acme/x:1")),),
    }

    (notice,) = draw(resources=Resources(), **beside).notices
    assert str(notice) == (
        "shop/web: resources of containers 'proxy', 'init' are not set, so 100m CPU and 256Mi memory are assumed for each; add "
        "Container(…, resources=Resources(…)), as measured [resources-guessed]"
    )


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (Resources(cpu=Cpu("1500m"), memory=Size("1Gi")),
         {"requests": {"cpu": "1500m", "memory": "1Gi", "ephemeral-storage": "64Mi"},
          "limits": {"memory": "1Gi", "ephemeral-storage": "1Gi"}}),
        (Resources(memory=Size("1Gi"), memory_limit=UNLIMITED, ephemeral_storage=None, ephemeral_storage_limit=None),
         {"requests": {"memory": "1Gi"}}),
        (Resources(cpu=Cpu("1"), cpu_limit=Cpu("2"), ephemeral_storage=None, ephemeral_storage_limit=None),
         {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}),
        (Resources(ephemeral_storage=None, ephemeral_storage_limit=None), {}),
    ],
)  # fmt: skip
def test_resources_are_written_as_given(container: Draw, resources: Resources, expected: Any) -> None:
    assert container(resources=resources)["resources"] == expected


def test_every_kind_of_variable_is_written_in_its_own_way(container: Draw) -> None:
    env = {
        "Z": "literal",
        "EMPTY": "",
        "SECRET": SecretKey("s", "k", optional=True),
        "CONFIG": ConfigKey("c", "k"),
        "IP": PodField("status.podIP"),
        "CPUS": ContainerField("limits.cpu", container="web", divisor=Cpu("1m")),
    }
    assert container(env=env)["env"] == [
        {"name": "Z", "value": "literal"},
        {"name": "EMPTY", "value": ""},
        {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}},
        {"name": "CONFIG", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {
            "name": "CPUS",
            "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "containerName": "web", "divisor": "1m"}},
        },
    ]


variables = st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from(["1", "2"]), max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(variables, variables)
def test_variables_of_edges_precede_those_of_the_spec(
    container: Draw, edge: dict[str, str], spec: dict[str, str]
) -> None:
    contribution = Contribution(source="edge", env=edge)
    if any(edge[key] != spec[key] for key in edge.keys() & spec.keys()):
        with pytest.raises(
            ConflictError, match=r"^shop/web: variable '\w' has two values, one from the spec and one from"
        ):
            container(contribution, env=spec)
        return
    names = [each["name"] for each in container(contribution, env=spec).get("env", [])]
    assert names == [*sorted(edge), *(name for name in spec if name not in edge)]


def test_a_variable_can_refer_to_one_of_an_edge(container: Draw) -> None:
    edge = Contribution(source="db", env={"DB_HOST": "db", "DB_PORT": "5432"})
    env = container(edge, env={"DSN": "postgres://$(DB_HOST):$(DB_PORT)/shop"})["env"]
    assert [each["name"] for each in env] == ["DB_HOST", "DB_PORT", "DSN"]


def test_an_edge_can_refer_to_a_variable_of_the_spec(container: Draw) -> None:
    edge = Contribution(source="db", env={"DB_URL": "db://$(REGION).db", "A": "1"})
    env = container(edge, env={"FIRST": "1", "REGION": "eu"})["env"]
    assert [each["name"] for each in env] == ["A", "REGION", "DB_URL", "FIRST"]


def test_a_variable_of_the_spec_can_refer_to_a_later_one(container: Draw) -> None:
    """Kubernetes leaves a reference to a later variable as it is."""
    env = container(env={"URL": "http://$(HOST)", "B": "1", "A": "2", "HOST": "web"})["env"]
    assert [each["name"] for each in env] == ["HOST", "URL", "B", "A"]


def test_a_circle_of_variables_is_an_error(container: Draw) -> None:
    with pytest.raises(SpecError, match="^shop/web: the variables A and B refer to each other"):
        container(env={"A": "$(B)", "B": "$(A)"})


@pytest.mark.parametrize("beside", ["migration", "job"])
def test_an_overridden_variable_comes_before_references(pod: Draw, beside: str) -> None:
    own = {"HOST": "$(REGION).replica", "REGION": "eu"}
    run: dict[str, Any] = {"migration": Migration(command=("run",), env=own)}
    if beside == "job":
        run = {"init_containers": (Container("job", image=Image("acme/job:1"), app_env=True, env=own),)}
    (drawn,) = pod(env={"HOST": "db", "URL": "db://$(HOST)", "A": "1"}, **run)["initContainers"]
    assert [(each["name"], each["value"]) for each in drawn["env"]] == [
        ("REGION", "eu"),
        ("HOST", "$(REGION).replica"),
        ("URL", "db://$(HOST)"),
        ("A", "1"),
    ]


def test_a_conflict_of_variables_shows_no_value(container: Draw) -> None:
    with pytest.raises(ConflictError) as caught:
        container(Contribution(source="db", env={"PASSWORD": "hunter2"}), env={"PASSWORD": "hunter3"})
    assert "hunter" not in str(caught.value)


def test_env_from_of_the_spec_is_last(container: Draw) -> None:
    """The last of several sources with one key has precedence."""
    edge = Contribution(source="edge", env_from=(ConfigMapEnv("edge"),))
    drawn = container(edge, env_from=(SecretEnv("s", optional=True), ConfigMapEnv("c", prefix="C_")))
    assert drawn["envFrom"] == [
        {"configMapRef": {"name": "edge"}},
        {"secretRef": {"name": "s", "optional": True}},
        {"prefix": "C_", "configMapRef": {"name": "c"}},
    ]


def test_a_field_that_the_version_lacks_is_refused(container: Draw) -> None:
    env = {"IPS": PodField("status.hostIPs")}
    with pytest.raises(
        UnsupportedError, match=r"^shop/web: env\['IPS'\]: Kubernetes 1.28 has no status.hostIPs; use status"
    ):
        container(env=env, kubernetes="1.28")
    assert container(env=env, kubernetes="1.29")["env"]


def test_init_containers_keep_their_order_and_settings(pod: Draw) -> None:
    first = Container("migrate", image=Image("acme/migrate:1"), command=("migrate",), args=("up",), env={"A": "1"},
                      working_dir="/srv", env_from=(ConfigMapEnv("c"),))  # fmt: skip
    second = Container("warm", image=Image("acme/warm:1"))
    drawn = pod(init_containers=(first, second), env={"APP": "1"})["initContainers"]
    assert [each["name"] for each in drawn] == ["migrate", "warm"]
    assert (drawn[0]["command"], drawn[0]["args"], drawn[0]["workingDir"]) == (["migrate"], ["up"], "/srv")
    assert drawn[0]["env"] == [{"name": "A", "value": "1"}]
    assert drawn[0]["envFrom"] == [{"configMapRef": {"name": "c"}}]
    assert "env" not in drawn[1]


def test_no_container_may_have_the_name_of_the_apps_own(pod: Draw) -> None:
    with pytest.raises(SpecError, match="^shop/web: .* has the name of the app's container, 'web'; rename it"):
        pod(init_containers=(Container("web", image=Image("acme/x:1")),))


def test_pull_secrets_of_platform_and_images_are_listed_once(facts: Callable[..., Any]) -> None:
    from kmop_constructs import ServiceSpec
    from kmop_constructs.core.contribution import merged
    from kmop_constructs.core.pod.template import pod_plan

    init = Container("init", image=Image("acme/x:1", pull_secrets=("b", "c")))
    spec = ServiceSpec(image=Image("acme/web:1", pull_secrets=("b",)), port=80, init_containers=(init,))
    plan = pod_plan(facts(cluster=Cluster(pull_secrets=("a",))), spec, merged("x", ()), revision_label=None)
    assert plan.template.get("spec", {}).get("imagePullSecrets") == [{"name": "a"}, {"name": "b"}, {"name": "c"}]


def test_sidecars_start_before_init_containers_and_end_after_the_app(pod: Draw) -> None:
    proxy = Container("proxy", image=Image("acme/proxy:1"), ports=(Port(9000),), health=Health(path="/ready"))
    init = Container("init", image=Image("acme/init:1"))
    drawn = pod(sidecars=(proxy,), init_containers=(init,), kubernetes="1.29")
    assert [(each["name"], each.get("restartPolicy")) for each in drawn["initContainers"]] == [
        ("proxy", "Always"),
        ("init", None),
    ]
    assert drawn["initContainers"][0]["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert [each["name"] for each in drawn["containers"]] == ["web"]


def test_plain_sidecars_of_older_clusters_are_a_notice(draw: Callable[..., PodPlan]) -> None:
    plan = draw(sidecars=(Container("proxy", image=Image("acme/proxy:1")),), kubernetes="1.28", shutdown=NO_PAUSE)
    pod: Any = plan.template.get("spec")
    assert [each["name"] for each in pod["containers"]] == ["web", "proxy"]
    assert "restartPolicy" not in pod["containers"][1]
    assert {notice.rule for notice in plan.notices} == {"plain-sidecar", "resources-guessed"}


def test_a_container_may_have_the_variables_of_the_app_and_others_win(pod: Draw) -> None:
    edge = Contribution(source="db", env={"DB_HOST": "db"}, env_from=(ConfigMapEnv("shared"),))
    job = Container("job", image=Image("acme/job:1"), app_env=True, env={"B": "own", "C": "$(DB_HOST)"})
    (drawn,) = pod(edge, env={"A": "1", "B": "app"}, init_containers=(job,))["initContainers"]
    assert drawn["env"] == [
        {"name": "DB_HOST", "value": "db"},
        {"name": "A", "value": "1"},
        {"name": "B", "value": "own"},
        {"name": "C", "value": "$(DB_HOST)"},
    ]
    assert drawn["envFrom"] == [{"configMapRef": {"name": "shared"}}]


def test_a_migration_is_the_app_with_another_command(pod: Draw) -> None:
    fields: dict[str, Any] = {
        "env": {"DSN": "x"},
        "files": {"/etc/app": ConfigKey("c", "k")},
        "working_dir": "/srv",
        "resources": Resources(cpu=Cpu("1"), memory=Size("1Gi")),
    }
    drawn = pod(migration=Migration(command=("./manage", "migrate"), env={"STEP": "all"}), **fields)
    (migration,), app = drawn["initContainers"], drawn["containers"][0]
    assert (migration["command"], migration["image"], migration["workingDir"]) == (
        ["./manage", "migrate"],
        app["image"],
        "/srv",
    )
    assert migration["env"] == [{"name": "DSN", "value": "x"}, {"name": "STEP", "value": "all"}]
    for same in ("resources", "securityContext", "volumeMounts"):
        assert migration[same] == app[same]
    assert not {"ports", "readinessProbe", "livenessProbe", "startupProbe", "lifecycle"} & set(migration)


def test_no_container_may_have_the_name_of_the_migration(pod: Draw) -> None:
    with pytest.raises(
        SpecError, match="^shop/web: the migration's container has the name 'migration'; rename the other"
    ):
        pod(migration=Migration(args=("up",)), init_containers=(Container("migration", image=Image("acme/x:1")),))


def test_a_migration_of_another_image_has_no_working_directory(pod: Draw) -> None:
    """That of the app need not exist in the other image."""
    other = Migration(image=Image("acme/migrate:1", pull_secrets=("regcred",)))
    assert pod(migration=other)["imagePullSecrets"] == [{"name": "regcred"}]
    (migration,) = pod(migration=other, working_dir="/srv")["initContainers"]
    assert migration["image"] == "acme/migrate:1"
    assert "workingDir" not in migration
