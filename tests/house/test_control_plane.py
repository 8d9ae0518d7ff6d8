"""The servers of the cluster tests: where their binaries are, and that none outlives its tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tools import go_binaries
from tools.control_plane.binaries import MINORS, NEWEST, Binaries, available, built, recipe
from tools.control_plane.servers import AFTER_A_SECOND, AT_ONCE, ControlPlane
from tools.go_binaries import cache, go_version

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return cache("control-plane")


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_the_cache_lies_outside_of_the_work_tree(empty_cache: Path) -> None:
    assert not empty_cache.is_relative_to(ROOT)
    assert available() == {}


def test_what_was_built_from_the_same_sources_is_found_again(empty_cache: Path) -> None:
    for minor in MINORS:
        put(empty_cache / minor / f"{recipe(minor).sources}-{go_version() or 'go1.26.0'}", "kube-apiserver")

    assert list(available()) == MINORS


def test_what_was_built_from_other_sources_is_not_used(empty_cache: Path) -> None:
    put(empty_cache / NEWEST / f"{'0' * 16}-{go_version() or 'go1.26.0'}", "kube-apiserver")

    assert built(NEWEST) is None


def test_without_go_the_binaries_of_any_go_will_do(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_binaries, "go_version", lambda: None)

    folder = put(empty_cache / NEWEST / f"{recipe(NEWEST).sources}-go1.99.0", "kube-apiserver")

    assert built(NEWEST) == folder


def test_an_older_version_borrows_what_is_built_for_the_newest_only(tmp_path: Path) -> None:
    old, new = put(tmp_path / "old", "kube-apiserver"), put(tmp_path / "new", "kube-apiserver", "etcd")
    found = Binaries(minor="1.27", folders=(old, new))

    assert found.path("kube-apiserver") == str(old / "kube-apiserver")
    assert found.path("etcd") == str(new / "etcd")


def test_a_missing_binary_is_an_error_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="etcd of Kubernetes 1.27: not in .*; run `make control-plane`"):
        Binaries(minor="1.27", folders=(tmp_path,)).path("etcd")


def test_an_api_server_alone_has_no_controllers(tmp_path: Path) -> None:
    folder = put(tmp_path / "assets", "etcd", "kube-apiserver", "kubectl")

    assert not Binaries(minor="1.31", folders=(folder,)).controllers


STARTS_A_SERVER = """
import os, subprocess
from tools.control_plane.guard import Guard
guard = Guard()
server = subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL)
guard.watch(server)
print(server.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    # A container without an init process never buries its dead.
    state = Path(f"/proc/{number}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_server_ends_with_its_parent_also_when_that_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS_A_SERVER], cwd=ROOT, capture_output=True, text=True, check=False
    )

    server = int(done.stdout)
    deadline = time.monotonic() + 20
    while running(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(server)


KWOK = """\
  selector:
    matchExpressions:
    - key: '.metadata.deletionTimestamp'
      operator: 'Exists'
  next:
    delete: true
---
"""


def simulated(folder: Path, stages: str) -> ControlPlane:
    (folder / "nodes-and-pods.yaml").write_text(stages, encoding="utf-8")
    plane = ControlPlane(Binaries(minor="1.27", folders=(folder,)))
    plane.directory = put(folder / "running")
    return plane


def test_a_deleted_pod_is_seen_to_end_before_another_takes_its_name(tmp_path: Path) -> None:
    changed = simulated(tmp_path, KWOK).stages("nodes-and-pods.yaml", AT_ONCE, AFTER_A_SECOND)

    (stage, *_) = yaml.safe_load_all(changed.read_text(encoding="utf-8"))
    assert stage["delay"] == {"durationMilliseconds": 1000}
    assert stage["next"] == {"delete": True}
    assert (tmp_path / "nodes-and-pods.yaml").read_text(encoding="utf-8") == KWOK


def test_stages_without_the_text_to_change_are_refused(tmp_path: Path) -> None:
    plane = simulated(tmp_path, KWOK.replace("delete: true", "delete: yes"))

    with pytest.raises(
        ValueError, match=r"nodes-and-pods.yaml: has no .*delete: true.* to change; see what kwok ships"
    ):
        plane.stages("nodes-and-pods.yaml", AT_ONCE, AFTER_A_SECOND)
