"""Security contexts: the restricted level in full, and what differs from it by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmop_constructs import Claim, Container, EmptyDir, Image, Port, Recreate, Replicas, Security, SpecError
from kmop_constructs.authors import Contribution

import pytest

Draw = Callable[..., dict[str, Any]]

IMAGE = Image("acme/init:1.0")


def test_a_plain_pod_is_at_the_restricted_level_in_full(pod: Draw) -> None:
    drawn = pod()
    assert drawn["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert drawn["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    assert not drawn["automountServiceAccountToken"]
    assert not drawn["enableServiceLinks"]


def test_the_user_can_be_left_to_the_image(pod: Draw) -> None:
    context = pod(security=Security(run_as_user=None, run_as_group=None))["securityContext"]
    assert context["runAsNonRoot"]
    assert not {"runAsUser", "runAsGroup"} & set(context)


def test_root_of_the_image_is_left_alone_where_it_is_allowed(pod: Draw) -> None:
    drawn = pod(security=Security(run_as_user=None, run_as_group=None, allow_root=True))
    assert "runAsNonRoot" not in drawn["securityContext"]
    assert "capabilities" not in drawn["containers"][0]["securityContext"]
    assert not Security(run_as_user=None, allow_root=True).restricted


def sysctls(drawn: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in drawn["securityContext"].get("sysctls", [])}


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"port": 8080}, None),
        ({"port": 1024}, None),
        ({"port": 1023}, "1023"),
        ({"port": Port(8080, service_port=80)}, None),
        ({"port": (8080, Port.udp(53), Port(443))}, "53"),
        ({"port": 8080, "sidecars": (Container("proxy", image=IMAGE, ports=(Port(80),)),)}, "80"),
    ],
)
def test_a_container_that_listens_on_a_low_port_gets_the_safe_sysctl(
    pod: Draw, fields: dict[str, Any], start: str | None
) -> None:
    drawn = pod(**fields)
    assert sysctls(drawn).get("net.ipv4.ip_unprivileged_port_start") == start
    assert drawn["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_a_sysctl_that_is_given_is_kept(pod: Draw) -> None:
    given = {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.tcp_syncookies": "1"}
    assert sysctls(pod(port=80, security=Security(sysctls=given))) == given


def test_a_claim_belongs_to_the_group_of_the_process(pod: Draw) -> None:
    volumes = {"/data": Claim("data")}
    context = pod(volumes=volumes, rollout=Recreate(), scaling=Replicas(1))["securityContext"]
    assert (context["fsGroup"], context["fsGroupChangePolicy"]) == (65532, "OnRootMismatch")
    given = pod(volumes=volumes, rollout=Recreate(), scaling=Replicas(1), security=Security(fs_group=1))[
        "securityContext"
    ]
    assert given["fsGroup"] == 1
    assert "fsGroup" not in pod(volumes={"/data": EmptyDir("data")})["securityContext"]


def test_a_claim_of_an_init_container_counts_too(pod: Draw) -> None:
    init = Container("init", image=IMAGE, volumes={"/data": Claim("data", shared=True)})
    assert pod(init_containers=(init,))["securityContext"]["fsGroup"] == 65532


def test_capabilities_are_added_to_nothing(container: Draw) -> None:
    capabilities = container(security=Security(add_capabilities=("SYS_TIME", "NET_ADMIN")))["securityContext"][
        "capabilities"
    ]
    assert capabilities == {"add": ["NET_ADMIN", "SYS_TIME"], "drop": ["ALL"]}


def test_a_container_of_another_user_sets_the_user(pod: Draw) -> None:
    other = Container("init", image=IMAGE, security=Security(run_as_user=1000, run_as_group=1000))
    same = Container("same", image=IMAGE)
    contexts = [each["securityContext"] for each in pod(init_containers=(other, same))["initContainers"]]
    assert (contexts[0]["runAsUser"], contexts[0]["runAsGroup"]) == (1000, 1000)
    assert "runAsUser" not in contexts[1]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Security(run_as_user=1000, run_as_group=2000), (1000, 2000)),
        (Security(run_as_user=1000, run_as_group=0), (1000, 0)),
        (Security(run_as_user=1000, run_as_group=None), (1000, 65532)),
        (Security(run_as_user=None, run_as_group=None), (65532, 65532)),
        (Security(run_as_user=0, run_as_group=0, allow_root=True), (65532, 65532)),
    ],
)
def test_a_container_runs_as_the_user_of_the_app_except_root(
    pod: Draw, said: Security, expected: tuple[int, int]
) -> None:
    beside = Container("beside", image=IMAGE)
    drawn = pod(
        Contribution(source="edge", init_containers=(beside,)),
        init_containers=(Container("init", image=IMAGE),),
        security=said,
    )
    for each in drawn["initContainers"]:
        context = {**drawn["securityContext"], **each["securityContext"]}
        assert (context["runAsUser"], context["runAsGroup"]) == expected
        assert context["runAsNonRoot"] is True
    assert [each["name"] for each in drawn["initContainers"]] == ["beside", "init"]


def test_a_container_that_names_a_user_keeps_it(pod: Draw) -> None:
    own = Container("own", image=IMAGE, security=Security(run_as_user=65532))
    (drawn,) = pod(sidecars=(own,), security=Security(run_as_user=1000))["initContainers"]
    assert drawn["securityContext"]["runAsUser"] == 65532


def test_no_image_user_in_a_pod_with_a_user(pod: Draw) -> None:
    init = Container("init", image=IMAGE, security=Security(run_as_user=None))
    with pytest.raises(
        SpecError, match=r"^shop/web: .*'init' sets run_as_user=None, but would inherit the pod's 65532"
    ):
        pod(init_containers=(init,))
    assert pod(init_containers=(init,), security=Security(run_as_user=None))["initContainers"]


def test_no_image_group_in_a_pod_with_a_group(pod: Draw) -> None:
    sidecar = Container("proxy", image=IMAGE, security=Security(run_as_group=None))
    with pytest.raises(
        SpecError, match=r"^shop/web: .*'proxy' sets run_as_group=None, but would inherit the pod's 65532"
    ):
        pod(sidecars=(sidecar,))
    assert pod(sidecars=(sidecar,), security=Security(run_as_group=None))["initContainers"]
