"""One cluster for all operators, in a network of its own, and the ledger of what is seen on it."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster, connected
from tests.operators import ledger
from tests.operators.drawings import DRAWINGS
from tests.operators.envoy_gateway.running import envoy_gateway
from tests.operators.objects import prepare
from tests.operators.shared import cert_manager, external_secrets, front, logins, openid, pods
from tests.operators.vault_server import database, roles, vault
from tools.control_plane.binaries import HOW, NEWEST, Binaries, available
from tools.control_plane.servers import ControlPlane
from tools.operators import network
from tools.operators.__main__ import RECORD
from tools.operators.due import is_due
from tools.operators.recipes import OPERATORS

import pytest

__all__ = [
    "cert_manager",
    "database",
    "envoy_gateway",
    "external_secrets",
    "front",
    "logins",
    "openid",
    "pods",
    "roles",
    "vault",
]
"""Fixtures of several folders."""

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """These tests run where their path is an argument, as those of the cluster do."""
    paths = (Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args)
    return None if any(path.is_relative_to(HERE) for path in paths) else True


@pytest.fixture(scope="session", autouse=True)
def _stop_everything_at_a_termination() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The programs of the control plane, in a network in which they may run."""
    if not network.inside():
        _missing(
            "no network namespace: run `make operator-test`, on Linux with `unshare` and `ip`, as root or with user namespaces"
        )
    found = available().get(NEWEST)
    if found is None:
        _missing(f"no control plane {NEWEST}: {HOW}")
    assert found
    return found


@pytest.fixture(scope="session")
def cluster(binaries: Binaries) -> Iterator[Cluster]:
    with ControlPlane(binaries) as plane, connected(plane) as found:
        prepare(found.api)
        yield found


@pytest.fixture(scope="session")
def program() -> Callable[[str, str], Path]:
    """The path of a program of an operator."""

    def find(operator: str, name: str) -> Path:
        try:
            return OPERATORS[operator].find(name)
        except FileNotFoundError as error:
            if OPERATORS[operator].by_request or not is_due(operator):
                pytest.skip(str(error))
            _missing(str(error))
            raise

    return find


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Object]]:
    """What is drawn for each tool."""
    return {tool: each.objects(tmp_path_factory.mktemp(tool)) for tool, each in DRAWINGS.items()}


@pytest.fixture(scope="session")
def not_seen(request: pytest.FixtureRequest) -> Mapping[str, list[str]]:
    """For the ledger: sentences on what a tool does not do with what is drawn."""
    return request.config.stash[NOT_SEEN]


@pytest.fixture(scope="session")
def accepted(request: pytest.FixtureRequest) -> Mapping[str, list[str]]:
    """For the ledger: sentences on what a tool reports, with the reason why it may."""
    return request.config.stash[ACCEPTED]


def _missing(reason: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


NOT_SEEN = pytest.StashKey[defaultdict[str, list[str]]]()
ACCEPTED = pytest.StashKey[defaultdict[str, list[str]]]()
PASSED = pytest.StashKey[defaultdict[str, list[str]]]()
COMPLETE = pytest.StashKey[set[str]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """A ledger is for all tests of a tool: part of them shows nothing."""
    folders = {Path(arg).resolve() for arg in session.config.args}
    chosen = any(session.config.getoption(name) for name in ("keyword", "markexpr"))
    complete = {tool for tool in DRAWINGS if not chosen and folders & {HERE, HERE / tool}}
    session.config.stash[COMPLETE] = complete
    session.config.stash[PASSED] = defaultdict(list)
    session.config.stash[NOT_SEEN] = defaultdict(list)
    session.config.stash[ACCEPTED] = defaultdict(list)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    tool = item.path.relative_to(HERE).parts[0]
    if report.when == "call" and report.passed:
        item.config.stash[PASSED][tool].append(item.name)
    elif not report.passed:
        item.config.stash[COMPLETE].discard(tool)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    stash = session.config.stash
    if COMPLETE not in stash:  # the collection has failed
        return
    texts: dict[str, str] = {}
    for tool in sorted(stash[COMPLETE]):
        with TemporaryDirectory() as folder:
            objects = DRAWINGS[tool].objects(Path(folder))
        not_seen = [*DRAWINGS[tool].not_seen, *stash[NOT_SEEN][tool]]
        seen = ledger.sentences(stash[PASSED][tool])
        texts[tool] = ledger.head(tool, objects) + ledger.body(seen, not_seen, stash[ACCEPTED][tool])
    if RECORD in os.environ:
        ledger.write(texts)
        return
    stale = [tool for tool, text in texts.items() if text != ledger.read(tool)]
    if stale:
        print(f"\ndocs/ledger: not what was seen now: {', '.join(stale)}; {ledger.RENEW}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
