"""A system comes up in an empty cluster, and a second apply changes nothing."""

from __future__ import annotations

from tests.cluster import state
from tests.cluster.installation import Installation
from tests.cluster.waiting import eventually


def test_one_apply_into_an_empty_cluster_makes_the_whole_system_run(absent: Installation) -> None:
    absent.prepare()

    done = absent.apply()

    assert done.status == 0, done.said
    assert len(done.out.splitlines()) == len(absent.objects)
    absent.settle()


def test_every_workload_becomes_complete(installation: Installation) -> None:
    assert state.of_kind(installation.objects, "Deployment", "StatefulSet", "Job")
    eventually(lambda: state.incomplete(installation.cluster.api, installation.objects))


def test_every_service_has_ready_endpoints(installation: Installation) -> None:
    assert state.of_kind(installation.objects, "Service")
    eventually(lambda: state.without_endpoints(installation.cluster.api, installation.objects))


def test_every_target_port_becomes_the_port_of_a_container(installation: Installation) -> None:
    eventually(lambda: state.unresolved_ports(installation.cluster.api, installation.objects))


def test_every_budget_allows_a_disruption(installation: Installation) -> None:
    eventually(lambda: state.tight_budgets(installation.cluster.api, installation.objects))


def test_every_autoscaler_finds_its_target(installation: Installation) -> None:
    eventually(lambda: state.lost_autoscalers(installation.cluster.api, installation.objects))


def test_a_second_apply_changes_nothing(installation: Installation) -> None:
    before = installation.essence()

    done = installation.apply()

    assert done.status == 0, done.said
    assert installation.essence() == before


def test_live_objects_do_not_differ_from_the_output(installation: Installation) -> None:
    done = installation.cluster.kubectl("diff", "-f", installation.rendered.folder)

    assert (done.status, done.said) == (0, "")
