"""The script of the Job that makes topics, users and rights, with programs that answer as those of Kafka 4.1 and 4.3 do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kmop_constructs.providers.native.data.kafka_setup import SCRIPT


class Programs:
    """Programs of Kafka that note how they are called, and answer as those of Kafka 4.1 do."""

    def __init__(self, folder: Path, **answers: str) -> None:
        self.folder = folder
        for name in ("topics", "configs", "acls"):
            (folder / f"{name}.answer").write_text(answers.get(name, ""))
            program = folder / f"kafka-{name}.sh"
            program.write_text(
                "#!/bin/sh\nlast=\n"
                f'echo "{name} $*" >>"{folder}/calls"\n'
                'for each in "$@"; do [ "$last" != --add-config-file ] || '
                f'sed "s/^/  /" "$each" >>"{folder}/calls"; last="$each"; done\n'
                f'case "$*" in *--describe*users*) cat "{folder}/users.answer" 2>/dev/null ;;\n'
                f'*--describe*|*--list*) cat "{folder}/{name}.answer" ;; esac\nexit 0\n'
            )
            program.chmod(0o755)
        (folder / "users.answer").write_text(answers.get("users", ""))

    def run(self, **env: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        """Run the script, and return what it did, without how it reaches the server."""
        script = SCRIPT.replace("/opt/kafka/bin", str(self.folder)).replace("cd /tmp", f"cd {self.folder}")
        given = {"ADMIN_PASSWORD": "a", "BOOTSTRAP": "events:9092", "TOPICS": "", "USERS": "", "RIGHTS": "", **env}
        done = subprocess.run(
            ["sh", "-c", script], env={**os.environ, **given}, capture_output=True, text=True, check=False
        )
        calls = (
            (self.folder / "calls")
            .read_text()
            .replace("--bootstrap-server events:9092 --command-config admin.properties ", "")
        )
        return done, [line for line in calls.splitlines() if "--describe" not in line and "--list" not in line]


TOPICS = """\
Topic: orders\tTopicId: 9vX\tPartitionCount: 12\tReplicationFactor: 1\tConfigs: cleanup.policy=compact
\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1
"""
CONFIGS = """\
Dynamic configs for topic orders are:
  cleanup.policy=compact sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact, DEFAULT_CONFIG:log.cleanup.policy=delete}
  retention.ms=1000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000}
Dynamic configs for topic orders-old are:
  segment.ms=5 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:segment.ms=5}
"""
ACLS = """\
Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)`:
 \t(principal=User:web, host=*, operation=WRITE, permissionType=ALLOW)
\t(principal=User:web, host=*, operation=READ, permissionType=ALLOW)
"""
USERS = """\
SCRAM credential configs for user-principal 'admin' are SCRAM-SHA-512=iterations=4096
SCRAM credential configs for user-principal 'gone' are SCRAM-SHA-512=iterations=8192
"""


def test_a_right_is_taken_back_although_a_topic_is_wrong(tmp_path: Path) -> None:
    acls = (
        "Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)`:\n"
        "\t(principal=User:web, host=*, operation=WRITE, permissionType=ALLOW)\n"
    )
    done, calls = Programs(tmp_path, topics=TOPICS, configs=CONFIGS, acls=acls).run(TOPICS="orders 3 1")
    assert done.returncode == 1
    assert "cannot have 3: a topic never loses partitions" in done.stderr
    assert any("--remove" in each and "User:web" in each for each in calls)


def test_a_new_topic_is_created(tmp_path: Path) -> None:
    done, calls = Programs(tmp_path).run(TOPICS="orders 12 1 cleanup.policy=compact,delete min.insync.replicas=1")
    assert done.returncode == 0, done.stderr
    assert calls == [
        (
            "topics --create --if-not-exists --topic orders --partitions 12 --replication-factor 1 --config cleanup.policy=compact,delete "
            "--config min.insync.replicas=1"
        ),
    ]


def test_what_is_right_is_not_changed(tmp_path: Path) -> None:
    right = {"TOPICS": "orders 12 1 cleanup.policy=compact retention.ms=1000"}
    right["RIGHTS"] = "User:web TOPIC orders LITERAL READ * ALLOW\nUser:web TOPIC orders LITERAL WRITE * ALLOW"
    done, calls = Programs(tmp_path, topics=TOPICS, configs=CONFIGS, acls=ACLS).run(**right)
    assert (done.returncode, calls) == (0, []), done.stderr


def test_partitions_grow_and_settings_follow(tmp_path: Path) -> None:
    programs = Programs(tmp_path, topics=TOPICS, configs=CONFIGS)
    done, calls = programs.run(TOPICS="orders 15 1 cleanup.policy=compact min.insync.replicas=1")
    assert done.returncode == 0, done.stderr
    assert calls == [
        "topics --alter --topic orders --partitions 15",
        "configs --alter --entity-type topics --entity-name orders --add-config-file add",
        "  min.insync.replicas=1",
        "configs --alter --entity-type topics --entity-name orders --delete-config retention.ms",
    ]


def test_fewer_partitions_fail_the_job(tmp_path: Path) -> None:
    done, calls = Programs(tmp_path, topics=TOPICS).run(TOPICS="orders 6 1 cleanup.policy=compact")
    assert done.returncode == 1
    assert "a topic never loses partitions" in done.stderr
    assert calls == []


def test_a_topic_that_is_not_declared_stays(tmp_path: Path) -> None:
    _, calls = Programs(tmp_path, topics=TOPICS, configs=CONFIGS).run()
    assert calls == []


def test_passwords_are_in_no_argument(tmp_path: Path) -> None:
    done, calls = Programs(tmp_path).run(USERS="web PASSWORD_1", PASSWORD_1="canary")
    assert calls == [
        "configs --alter --entity-type users --entity-name web --add-config-file login",
        "  SCRAM-SHA-512=iterations=8192,password=canary",
    ]
    assert "canary" not in done.stdout + done.stderr


def test_logins_without_an_edge_are_removed(tmp_path: Path) -> None:
    _, calls = Programs(tmp_path, users=USERS).run()
    assert calls == ["configs --alter --entity-type users --entity-name gone --delete-config SCRAM-SHA-512"]


def test_rights_are_exactly_those_of_edges(tmp_path: Path) -> None:
    rights = "User:web TOPIC orders LITERAL WRITE * ALLOW\nUser:web TRANSACTIONAL_ID web- PREFIXED WRITE * ALLOW"
    done, calls = Programs(tmp_path, acls=ACLS).run(RIGHTS=rights)
    assert done.returncode == 0, done.stderr
    assert calls == [
        (
            "acls --add --allow-principal User:web --allow-host * --operation WRITE --transactional-id web- "
            "--resource-pattern-type prefixed"
        ),
        (
            "acls --force --remove --allow-principal User:web --allow-host * --operation READ --topic orders "
            "--resource-pattern-type literal"
        ),
    ]
