"""Images of brokers, and of what reads changes of a database for them, from the layers that are built here."""

from __future__ import annotations

from tools.real_nodes.binaries import NodeBinaries
from tools.real_nodes.images import USERS, Image
from tools.real_nodes.messages import layers


def messages(binaries: NodeBinaries) -> dict[str, Image]:
    """The images of Kafka, Debezium Server, RabbitMQ with the management UI, and a client of Kafka, by the last part of their names."""
    standin = str(binaries.layers / "standin.tar.gz")
    return {
        "kafka-client": {**_of("kcat", more=standin), "entrypoint": ["/standin", "sleep"], "user": "65532"},
        "kafka": {**_of("java", "kafka"), "entrypoint": ["/bin/sh"], "user": "1000", "env": [_JAVA]},
        # https://github.com/debezium/container-images/blob/main/server/3.6/Dockerfile
        "server": {
            **_of("java", "debezium"),
            "entrypoint": ["/debezium/run.sh"],
            "user": "185",
            "workdir": "/debezium",
            "env": [_JAVA],
        },
        "rabbitmq": {
            **_of("rabbitmq", more=standin),
            "entrypoint": ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
            "user": "999",
            "env": [
                "PATH=/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/var/lib/rabbitmq",
                "RABBITMQ_LOGS=-",
                "LANG=C.UTF-8",
            ],
        },
    }


_JAVA = "PATH=/usr/lib/jvm/java-21-openjdk-amd64/bin:/usr/bin:/bin"


def _of(*names: str, more: str | None = None) -> Image:
    return {
        "layers": [*(str(layers() / f"{name}.tar.gz") for name in names), *([more] if more else [])],
        "files": {"/etc/passwd": f"{USERS}appuser:x:1000:1000:appuser:/home/appuser:/bin/sh\n"},
        "directories": ["/tmp"],
    }
