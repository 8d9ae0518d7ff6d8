"""Layers with Kafka and Debezium Server from Maven Central, the Java of Debian that runs them, and RabbitMQ."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.go_binaries import cache, digest
from tools.real_nodes.binaries import archive, link_applets, making, unpack

HERE = Path(__file__).parent
PROJECT = HERE / "kafka"
HOW = "run `make nodes`, which needs Maven for it"

SHELL = ("base-files", "bash", "busybox-static", "coreutils", "dash")
"""What each layer has too. busybox has no `comm` here; that of Alpine, which Kafka's image is made of, has it."""

PACKAGES = {
    "java": (*SHELL, "openjdk-21-jre-headless"),
    "kcat": (*SHELL, "kcat"),
    "rabbitmq": (*SHELL, "rabbitmq-server"),
}
"""Debian packages of each layer, with everything that they depend on: kcat is a client with librdkafka."""

SUITE = "trixie"
"""Debian of the layers: Debezium Server needs Java 21, Kafka 4 librdkafka 2.6.1 (https://github.com/confluentinc/librdkafka/pull/4895),
and the Job for RabbitMQ Erlang 27."""

DEBEZIUM = "io.debezium:debezium-server-dist:3.6.1.Final:tar.gz"
"""The distribution of Debezium Server (https://debezium.io/documentation/reference/3.6/operations/debezium-server.html)."""

OTHERS = (
    *("connectors", "lib_opt", "lib_metrics/*.jar"),
    *(
        f"lib/{name}*"
        for name in ("azure-core", "bcprov", "bouncy", "byte-buddy", "conscrypt", "ehcache", "google-cloud", "grpc-")
    ),
    *(
        f"lib/{name}*"
        for name in ("hibernate-core", "infinispan-core", "jgroups", "jt400", "mongodb-", "mssql", "mysql-")
    ),
    *(
        f"lib/{name}*"
        for name in ("netty-tcnative", "ojdbc", "orai18n", "proto-google", "pulsar-client-4", "quarkus-ide-")
    ),
    *(f"lib/{name}*" for name in ("reactor-", "rocketmq-rocksdb", "vitess-", "xmlparserv2")),
)
"""What Debezium Server needs for other databases and other destinations alone: four fifths of it."""

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0"

PROGRAMS = {
    "connect-distributed": "org.apache.kafka.connect.cli.ConnectDistributed",
    "kafka-acls": "org.apache.kafka.tools.AclCommand",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-server-start": "kafka.Kafka",
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
}
"""Classes of Kafka's programs (https://github.com/apache/kafka/tree/4.3/bin)."""


def why_not() -> str | None:
    """What is missing to build the layers, or None."""
    return None if shutil.which("mvn") else "mvn: not on PATH"


def layers() -> Path:
    """The folder of the layers; it may not be there yet."""
    return cache("real-nodes") / "messages" / digest([Path(__file__), *sorted(PROJECT.iterdir())])


def missing() -> str | None:
    """Why the images cannot be made here; none where they can."""
    return None if layers().is_dir() else f"the layers with Kafka, Debezium and RabbitMQ: not built; {HOW}"


def build() -> Path:
    """Make the layers, unless they are there."""
    if not layers().is_dir():
        with making(layers()) as folder, tempfile.TemporaryDirectory(dir=folder.parent) as work:
            for name, packages in PACKAGES.items():
                unpack(packages, Path(work, name), whole=True, suite=SUITE)
                link_applets(Path(work, name))
                names = sorted(path.name for path in Path(work, name).iterdir())
                archive(folder / f"{name}.tar.gz", Path(work, name), *names)
            kafka = Path(work, "kafka")
            _copy_jars(kafka / "opt" / "kafka" / "libs")
            _write_programs(kafka / "opt" / "kafka" / "bin")
            archive(folder / "kafka.tar.gz", kafka, "opt")
            _unpack_debezium(Path(work, "debezium", "debezium"))
            archive(folder / "debezium.tar.gz", Path(work, "debezium"), "debezium", without=())
    return layers()


def _copy_jars(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        shutil.copyfile(PROJECT / "pom.xml", Path(work, "pom.xml"))
        _maven(Path(work), "copy-dependencies", f"-DoutputDirectory={folder}", "-DincludeScope=runtime")


def _unpack_debezium(folder: Path) -> None:
    """The distribution without what other databases and destinations need."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        _maven(Path(work), "copy", f"-Dartifact={DEBEZIUM}", f"-DoutputDirectory={work}")
        (file,) = Path(work).glob("*.tar.gz")
        without = [f"--exclude=debezium-server/{each}" for each in OTHERS]
        subprocess.run(["tar", "-xzf", file, "-C", folder, "--strip-components=1", *without], check=True)


def _maven(folder: Path, goal: str, *options: str) -> None:
    command = ["mvn", "--quiet", "--batch-mode", f"{PLUGIN}:{goal}", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"messages: {' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def _write_programs(folder: Path) -> None:
    folder.mkdir(parents=True)
    text = (PROJECT / "run-class.sh").read_text(encoding="utf-8")
    for name, program in PROGRAMS.items():
        file = folder / f"{name}.sh"
        file.write_text(text.replace("CLASS", program), encoding="utf-8")
        file.chmod(0o755)
