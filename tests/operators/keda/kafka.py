"""A real Kafka at the address of the drawn one: its container and its Job are run as processes, from the layers of the real nodes."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.api import Object
from tests.cluster.waiting import eventually
from tests.operators.running import Running, started
from tools.real_nodes import messages, rooted

import pytest

LAYERS = ("java", "kafka")
JAVA = "/usr/lib/jvm/java-21-openjdk-amd64/bin"
SMALL = {"KAFKA_HEAP_OPTS": "-Xmx256m"}
"""The containers have a limit, of which Java takes a part; a process has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kafka:
    """The broker, and what its clients write."""

    root: Path
    """What the containers see as their files."""

    server: Running

    def produce(self, user: str, password: str, topic: str, count: int) -> None:
        """Write so many records."""
        lines = "\\n".join(map(str, range(count)))
        self._client(user, password, f"printf '{lines}\\n' | /opt/kafka/bin/kafka-console-producer.sh --topic {topic}")

    def consume(self, user: str, password: str, topic: str, count: int) -> None:
        """Read and commit so many records in the group that has the name of the user."""
        self._client(
            user,
            password,
            f"/opt/kafka/bin/kafka-console-consumer.sh --topic {topic} --group {user} --max-messages {count} --timeout-ms 30000",
        )

    def _client(self, user: str, password: str, command: str) -> None:
        module = "org.apache.kafka.common.security.scram.ScramLoginModule required"
        lines = (
            "security.protocol=SASL_PLAINTEXT",
            "sasl.mechanism=SCRAM-SHA-512",
            f'sasl.jaas.config={module} username="{user}" password="{password}";',
            "auto.offset.reset=earliest",
        )
        (self.root / "tmp" / "client.properties").write_text("\n".join(lines), encoding="utf-8")
        run(self.root, f"{command} --bootstrap-server 127.0.0.1:9092 --command-config /tmp/client.properties")


def run(root: Path, script: str, environment: Mapping[str, str] = SMALL) -> None:
    """Run a script among the files of the containers."""
    done = subprocess.run(
        [*rooted.command(root), "sh", "-c", script], env={**environment, "PATH": f"{JAVA}:/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{script[-300:]}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


@contextmanager
def running(
    objects: list[Object], name: str, logins: Mapping[str, Mapping[str, str]], folder: Path
) -> Generator[Kafka]:
    """Run the drawn Kafka of a name, with topics, users and rights. `logins` has the content of the Secrets."""
    root = folder / "root"
    _unpack(root)
    broker = next(each for each in objects if each["kind"] == "StatefulSet" and each["metadata"]["name"] == name)
    job = next(
        each for each in objects if each["kind"] == "Job" and each["metadata"]["name"].startswith(f"{name}-setup")
    )
    (container,) = broker["spec"]["template"]["spec"]["containers"]
    files = next(
        each for each in objects if each["kind"] == "ConfigMap" and each["metadata"]["name"] == f"{name}-files"
    )
    _write(root / "etc/kafka/native", files["data"])
    password = next(each for each in broker["spec"]["template"]["spec"]["volumes"] if "secret" in each)["secret"]
    _write(root / "run/secrets/kafka", {"password": logins[password["secretName"]][password["items"][0]["key"]]})
    (root / "etc/hosts").write_text(
        f"127.0.0.1 localhost {name}.{broker['metadata']['namespace']}.svc {name}\n", encoding="utf-8"
    )
    program, *before = rooted.command(root)
    environment = {**_variables(container, logins), **SMALL, "PATH": f"{JAVA}:/usr/bin:/bin"}
    with started(
        Path(program), *before, *container["command"], environment=environment, folder=folder, name=name
    ) as server:
        found = Kafka(root=root, server=server)
        eventually(lambda: _not_started(server), within=90)
        (container,) = job["spec"]["template"]["spec"]["containers"]
        run(root, container["command"][2], {**_variables(container, logins), **SMALL})
        yield found


def _not_started(server: Running) -> list[str]:
    server.check()
    return [] if "Kafka Server started" in server.text() else [server.text()[-500:]]


def _unpack(root: Path) -> None:
    if (reason := messages.missing()) is not None:
        pytest.skip(reason)
    rooted.unpack(root, [messages.layers() / f"{name}.tar.gz" for name in LAYERS])
    for each in ("tmp", "var/lib/kafka/data", "var/log/kafka"):
        (root / each).mkdir(parents=True, exist_ok=True)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _variables(container: Mapping[str, Any], logins: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in container.get("env", []):
        key = each.get("valueFrom", {}).get("secretKeyRef")
        found[each["name"]] = logins[key["name"]][key["key"]] if key else str(each["value"])
    return found
