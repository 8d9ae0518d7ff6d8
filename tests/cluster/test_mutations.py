"""A synth and the API server agree on mutations of good manifests: all of them, and not only those that are recorded."""

from __future__ import annotations

from tests.api_server.answers import answers
from tests.api_server.exceptions import verdict
from tests.api_server.good import good
from tests.api_server.mutations import mutations
from tests.api_server.record import asked
from tests.api_server.synth import Synth
from tests.cluster.clusters import Cluster


def test_synth_and_api_server_agree_on_all_mutations(cluster: Cluster) -> None:
    synth = Synth()
    usual = {synth.id_of(item): synth.usual(item, cluster.minor) for item in good()}
    wrong: list[str] = []
    for each in mutations(good(), one_of=1):
        answer = {"1.37": ["warned", ""], cluster.minor: asked(cluster.api, each.object, "strict-privileged")}
        found = synth.new(each.object, cluster.minor, usual)
        wrong += [problem for problem in [verdict(each.id, cluster.minor, answer, found)] if problem is not None]

    assert wrong == []


def test_the_recorded_answers_are_those_of_the_server(cluster: Cluster) -> None:
    known = answers()
    wrong = [
        f"{each.id}: {said[0]} {said[1]}"
        for each in mutations(good())
        if cluster.minor in known[each.id]
        and (said := asked(cluster.api, each.object, "strict-privileged"))[0] != known[each.id][cluster.minor][0]
    ]

    assert wrong == []
