"""A control plane for each version, started once, and the systems on it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tests.cluster.api import Object, name_of
from tests.cluster.clusters import EXISTING, Cluster, connected
from tests.cluster.installation import Installation, Installations
from tests.cluster.metrics import Metrics
from tests.cluster.prerequisites import not_established, prerequisites_of
from tests.cluster.strict import LEVELS, scratch
from tests.cluster.systems import SYSTEMS, Rendered, render, systems_for, too_old, version_for
from tests.cluster.waiting import eventually
from tools.control_plane.binaries import HOW, available, wanted
from tools.control_plane.servers import ControlPlane

import pytest
from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs]
from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs]

HERE = Path(__file__).parent
ON_EXISTING = os.environ.get("KMOP_TEST_CLUSTER") == EXISTING
VERSIONS = [EXISTING] if ON_EXISTING else wanted()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """These tests run where they are asked for by path: the others need nothing but Python, and take seconds."""
    asked = (Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args)
    return None if any(path.is_relative_to(HERE) for path in asked) else True


@pytest.fixture(scope="session", autouse=True)
def _stop_the_servers_when_told_to_end() -> None:
    """A terminated run tears its fixtures down, like an interrupted one."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def plane(request: pytest.FixtureRequest) -> Iterator[ControlPlane | None]:
    """The servers of one version; None where a cluster is given. Requested through `cluster`."""
    minor: str = request.param
    if minor == EXISTING:
        yield None
        return
    binaries = available().get(minor)
    if binaries is None:
        message = f"no control plane {minor}: {HOW}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    found = ControlPlane(binaries).start()
    try:
        yield found
    finally:
        found.stop(keep=request.session.testsfailed > 0)


@pytest.fixture(scope="session")
def cluster(
    plane: ControlPlane | None, renders: Callable[[str, str], Rendered], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    with connected(plane) as found:
        metrics = Metrics(found.api, tmp_path_factory.mktemp("metrics")) if plane and found.controllers else None
        systems = [renders(name, found.minor) for name in systems_for(found.minor)]
        prepared = [
            *(each for level in LEVELS for each in scratch(level)),
            *(metrics.objects() if metrics else []),
            *prerequisites_of(systems, found.number),
        ]
        if plane is None:
            _refuse_to_disturb(found, systems, prepared)
        try:
            _create(found, prepared)
            yield replace(found, metrics=metrics)
        finally:
            if metrics:
                metrics.stop()
            if plane is None:
                for item in [*prepared, *(namespace for each in systems for namespace in _namespaces(each))]:
                    found.api.send("DELETE", found.api.path_of(item))


def _namespaces(rendered: Rendered) -> list[Object]:
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in rendered.namespaces]


def _refuse_to_disturb(cluster: Cluster, systems: list[Rendered], prepared: list[Object]) -> None:
    wanted_paths = [cluster.api.path_of(item) for each in systems for item in _namespaces(each)]
    wanted_paths += [cluster.api.path_of(item) for item in prepared]
    taken = [path for path in wanted_paths if cluster.api.exists(path)]
    assert not taken, f"this cluster has objects that the tests would overwrite and delete: {taken}; use an empty one"


def _create(cluster: Cluster, objects: list[Object]) -> None:
    for item in objects:
        resource = cluster.api.resource(item["apiVersion"], item["kind"])
        path = resource.path(item["metadata"].get("namespace"))
        answer = cluster.api.send("POST", f"{path}?fieldValidation=Strict", item)
        made_already = item["kind"] == "ServiceAccount" and answer.status == 409  # a controller was quicker
        assert answer.ok or made_already, f"{name_of(item)}: {answer.status} {answer.message}"
    eventually(lambda: not_established(cluster.api, objects))


@pytest.fixture(scope="session")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Rendered]:
    """A system as it is written for a cluster of some version; each is written once."""
    known: dict[tuple[str, str], Rendered] = {}

    def rendered(name: str, minor: str) -> Rendered:
        if (name, minor) not in known:
            folder = tmp_path_factory.mktemp(f"{name}-{minor}")
            known[name, minor] = render(name, folder, version_for(name, minor))
        return known[name, minor]

    return rendered


@pytest.fixture(scope="session")
def installations(cluster: Cluster, renders: Callable[[str, str], Rendered]) -> Installations:
    """Every system, there or not."""
    return Installations(cluster, [renders(name, cluster.minor) for name in systems_for(cluster.minor)])


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest, cluster: Cluster) -> str:
    if why := too_old(request.param, cluster.minor):
        pytest.skip(why)
    return request.param


@pytest.fixture
def working(cluster: Cluster) -> Cluster:
    """A cluster on which pods come up, whatever their images are."""
    if not cluster.controllers:
        pytest.skip(f"{cluster.minor}: an API server without controllers; {HOW}")
    if not cluster.simulated:
        pytest.skip("the nodes are real, and not every image of the systems exists: needs simulated nodes (kwok)")
    return cluster


@pytest.fixture
def own(working: Cluster) -> Cluster:
    """A cluster whose servers the tests may steer: its metrics, its zones."""
    if working.plane is None:
        pytest.skip("needs servers that the tests have started; leave KMOP_TEST_CLUSTER unset")
    return working


@pytest.fixture
def installation(working: Cluster, installations: Installations, system: str) -> Installation:
    """The system on the cluster, settled."""
    return installations.ensure(system)


@pytest.fixture
def absent(working: Cluster, installations: Installations, system: str) -> Installation:
    """The system, of which nothing is on the cluster."""
    return installations.clear(system)


@pytest.fixture
def everything(working: Cluster, installations: Installations) -> list[Installation]:
    """Every system that can be there together on the cluster, settled."""
    return installations.ensure_all()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A version after the other, and on each a system after the other: two that share a namespace change places once."""

    def turn(item: pytest.Item) -> tuple[int, int]:
        parameters: dict[str, object] = (
            item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        )
        return _index(VERSIONS, parameters.get("plane")), _index(SYSTEMS, parameters.get("system"))

    items.sort(key=turn)


def _index(every: list[str], one: object) -> int:
    """Whatever is not in the list comes last."""
    return every.index(one) if isinstance(one, str) and one in every else len(every)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "plane" in metafunc.fixturenames:
        metafunc.parametrize("plane", VERSIONS, indirect=True, scope="session", ids=VERSIONS)


class ByVersion(LoadScopeScheduling):
    """Each version in one process, so that its servers are started once; what needs no servers wherever there is room."""

    def _split_scope(self, nodeid: str) -> str:
        # The marks of xdist 3.8 come to nothing under pytest 9: they rename tests by an attribute that is gone.
        parameters = nodeid.partition("[")[2].removesuffix("]").split("-")
        return next((minor for minor in VERSIONS if minor in parameters), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByVersion | None:
    """With `-n 2 --dist loadgroup` the versions run beside each other."""
    return ByVersion(config, log) if config.getoption("dist") == "loadgroup" else None
