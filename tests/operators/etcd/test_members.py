"""Three members run with exactly the arguments and certificates that are drawn, each with an address of its own.

In a pod a member listens on all addresses, ``0.0.0.0``. Here the members share a machine, so each listens on its own. Names lead to
the addresses as the headless Service would.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmop_constructs.testing import Synthesized
from tests.cluster.clusters import Done
from tests.cluster.waiting import eventually
from tests.operators.authorities import Authority, Pair
from tests.operators.etcd.members import CLIENT, NAMESPACE, STORE, draw
from tests.operators.running import Running, started
from tools.control_plane.binaries import Binaries

import pytest

MEMBERS = range(3)
ALL = "0.0.0.0"
PEERS = f"{STORE}-peers"


def address(number: int) -> str:
    return f"10.77.0.{number + 1}"


def hosts() -> str:
    """What the DNS of a cluster knows of the members that are there."""
    lines = [
        f"{address(each)} {STORE}-{each}.{PEERS}.{NAMESPACE}.svc {PEERS}.{NAMESPACE}.svc {PEERS}" for each in MEMBERS
    ]
    return "\n".join([*lines, ""])


@dataclass(kw_only=True)
class Cluster:
    """The members, and their client."""

    etcd: Path
    etcdctl: Path
    result: Synthesized
    authority: Authority
    pair: Pair
    folder: Path
    stacks: dict[int, ExitStack] = field(default_factory=dict[int, ExitStack])
    running: dict[int, Running] = field(default_factory=dict[int, Running])

    @property
    def container(self) -> dict[str, Any]:
        (found,) = self.result.one("StatefulSet", STORE)["spec"]["template"]["spec"]["containers"]
        return found

    def arguments(self, number: int) -> list[str]:
        name = f"{STORE}-{number}"
        drawn = [*self.container["command"][1:], *self.container["args"]]
        return [each.replace("$(POD_NAME)", name).replace(ALL, address(number)) for each in drawn]

    def start(self, number: int, pair: Pair | None = None) -> None:
        """Start a member on its own data, with the files of its Secret at the path that is drawn."""
        data, mine = self.folder / f"data-{number}", pair or self.pair
        data.mkdir(exist_ok=True)
        (path,) = (each["mountPath"] for each in self.container["volumeMounts"] if each["mountPath"].startswith("/etc"))
        files = {"tls.crt": mine.certificate, "tls.key": mine.key, "ca.crt": self.authority.own.certificate}
        text = hosts()
        lines = [
            "set -eu",
            f"secrets={shlex.quote(str(self.folder / f'secret-{number}'))}",
            'mkdir -p "$secrets"',
            *(f'cp {shlex.quote(str(file))} "$secrets/{key}"' for key, file in files.items()),
            "mount -t tmpfs tmpfs /etc",
            f"mkdir -p {path}",
            f'cp "$secrets"/* {path}/',
            f"printf %s {shlex.quote(text)} > /etc/hosts",
            "mount -t tmpfs tmpfs /var/lib",
            "mkdir /var/lib/etcd",
            f"mount --bind {shlex.quote(str(data))} /var/lib/etcd",
            shlex.join(["exec", str(self.etcd), *self.arguments(number)]),
        ]
        script = self.folder / f"member-{number}.sh"
        script.write_text("\n".join(lines), encoding="utf-8")
        stack = ExitStack()
        unshare = Path(shutil.which("unshare") or "unshare")
        flags = ("--mount", "sh", str(script))
        member = started(unshare, *flags, environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, folder=self.folder,
                         name=f"member-{number}")  # fmt: skip
        self.running[number] = stack.enter_context(member)
        self.stacks[number] = stack

    def stop(self, number: int) -> None:
        self.stacks.pop(number).close()
        del self.running[number]

    def check(self, number: int, probe: str) -> int:
        """The status of a check that is drawn."""
        found = self.container[f"{probe}Probe"]["httpGet"]
        (port,) = (each["containerPort"] for each in self.container["ports"] if each["name"] == found["port"])
        url = f"http://{address(number)}:{port}{found['path']}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def client(self, *arguments: str, number: int = 0, without: tuple[str, ...] = (), pair: Pair | None = None) -> Done:
        """Run etcdctl with the variables and files of the service, whose Service leads to a member."""
        (container,) = self.result.one("Deployment", CLIENT)["spec"]["template"]["spec"]["containers"]
        variables = {each["name"]: each["value"] for each in container["env"] if each["name"] not in without}
        mine = pair or self.authority.sign(f"{CLIENT}-client", hosts=[CLIENT])
        files = {"tls.crt": mine.certificate, "tls.key": mine.key, "ca.crt": self.authority.own.certificate}
        secrets = self.folder / "client"
        secrets.mkdir(exist_ok=True)
        for key, file in files.items():
            shutil.copy(file, secrets / key)
        lines = [
            "set -eu",
            "mount -t tmpfs tmpfs /etc",
            "mkdir -p /etc/own",
            f"cp {shlex.quote(str(secrets))}/* /etc/own/",
            f"printf '%s %s\\n' {address(number)} {STORE} > /etc/hosts",
            shlex.join(["exec", "env", "-i", *(f"{name}={value}" for name, value in variables.items()), str(self.etcdctl),
                        "--command-timeout=10s", "--dial-timeout=10s", *arguments]),
        ]  # fmt: skip
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", "\n".join(lines)], capture_output=True, text=True, check=False
        )
        return Done(status=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture(scope="module")
def members(
    binaries: Binaries, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("members")
    authority = Authority.made(folder)
    result = draw(folder / "drawn")
    names = result.one("Certificate", f"{STORE}-tls")["spec"]["dnsNames"]
    cluster = Cluster(
        etcd=Path(binaries.path("etcd")),
        etcdctl=program("etcd", "etcdctl"),
        result=result,
        authority=authority,
        pair=authority.sign(STORE, hosts=names),
        folder=folder,
    )
    try:
        yield cluster
    finally:
        for number in list(cluster.stacks):
            cluster.stop(number)


@pytest.fixture(autouse=True)
def _all_are_there(members: Cluster) -> None:
    """Start each test with three members that are ready."""
    for number in MEMBERS:
        if number not in members.running:
            members.start(number)
    eventually(lambda: _not_ready(members, *MEMBERS))


def _not_ready(members: Cluster, *numbers: int) -> list[str]:
    for each in members.running.values():
        each.check()
    return [
        f"{each}: {members.check(each, 'readiness')}" for each in numbers if members.check(each, "readiness") != 200
    ]


def test_three_members_form_a_cluster(members: Cluster) -> None:
    done = members.client("member", "list")
    assert done.status == 0, done.said
    listed = [line.split(", ") for line in done.out.splitlines()]
    assert sorted(each[2] for each in listed) == [f"{STORE}-{number}" for number in MEMBERS]
    assert {each[1] for each in listed} == {"started"}


def test_a_client_of_the_store_reads_what_it_writes(members: Cluster) -> None:
    """Each member answers with what was written by another."""
    done = members.client("put", "/config/router/colour", "red")
    assert done.status == 0, done.said
    for number in MEMBERS:
        found = members.client("get", "--print-value-only", "/config/router/colour", number=number)
        assert (found.status, found.out.strip()) == (0, "red"), found.said


def test_the_cluster_survives_the_loss_of_a_member(members: Cluster) -> None:
    members.stop(2)

    def unwritten() -> list[str]:
        done = members.client("put", "/config/router/after", "the loss")
        return [] if done.status == 0 else [done.said]

    eventually(unwritten)
    eventually(lambda: _not_ready(members, 0, 1))
    found = members.client("get", "--print-value-only", "/config/router/after", number=1)
    assert found.out.strip() == "the loss"


def test_a_member_comes_back_on_its_own_data(members: Cluster) -> None:
    members.client("put", "/config/router/kept", "yes")
    members.stop(1)
    members.start(1)
    eventually(lambda: _not_ready(members, 1))
    assert members.client("get", "--print-value-only", "/config/router/kept", number=1).out.strip() == "yes"
    assert len(members.client("member", "list").out.splitlines()) == len(MEMBERS)


def test_a_member_alone_is_alive_and_not_ready(members: Cluster) -> None:
    """A restart would not bring a majority, so the check of life passes without one."""
    members.stop(1)
    members.stop(2)

    def ready() -> list[str]:
        status = members.check(0, "readiness")
        return [] if status == 503 else [f"readiness: {status}"]

    eventually(ready)
    assert members.check(0, "liveness") == 200
    assert members.client("put", "/config/router/lonely", "no").status


def test_a_client_without_a_certificate_is_refused(members: Cluster) -> None:
    done = members.client("get", "--prefix", "/config/", without=("ETCDCTL_CERT", "ETCDCTL_KEY"))
    assert (done.status != 0, done.out) == (True, "")
    assert "client didn't provide a certificate" in done.said + members.running[0].text()


def test_a_client_of_another_authority_is_refused(members: Cluster, tmp_path: Path) -> None:
    stranger = Authority.made(tmp_path).sign("stranger")
    done = members.client("get", "--prefix", "/config/", pair=stranger)
    assert (done.status != 0, done.out) == (True, "")


def test_a_client_verifies_the_store(members: Cluster) -> None:
    done = members.client("get", "--prefix", "/config/", without=("ETCDCTL_CACERT",))
    assert (done.status != 0, done.out) == (True, "")
    assert "certificate signed by unknown authority" in done.said


def test_the_certificate_of_a_client_is_no_peer(members: Cluster) -> None:
    """The authority has signed it too, but it lacks the name of the headless Service."""
    members.stop(2)
    members.start(2, pair=members.authority.sign("impostor", hosts=["router", f"*.{PEERS}.{NAMESPACE}.svc"]))

    def unnoticed() -> list[str]:
        texts = "".join(members.running[each].text() for each in (0, 1))
        return [] if "client certificate authentication failed" in texts else ["no member refuses it"]

    eventually(unnoticed)
    assert members.check(2, "readiness") != 200
    members.stop(2)


def test_members_have_the_quota_and_compact(members: Cluster) -> None:
    with urllib.request.urlopen(f"http://{address(0)}:2381/metrics", timeout=10) as answer:
        text = answer.read().decode()
    (line,) = (each for each in text.splitlines() if each.startswith("etcd_server_quota_backend_bytes "))
    assert float(line.split()[1]) == 4 * 2**30
    assert '"auto-compaction-retention":"1h0m0s"' in members.running[0].text()
