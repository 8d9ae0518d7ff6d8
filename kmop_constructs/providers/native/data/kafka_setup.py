"""The Job that makes topics, users and rights of a native Kafka, from all topics and edges of the app.

It runs the programs of Kafka's own image (``kafka-topics.sh``, ``kafka-configs.sh``, ``kafka-acls.sh``,
https://kafka.apache.org/documentation/#basic_ops) as the administrator, and changes only what differs: it can run at any time again. Topics
are created, get more partitions and other settings; none is deleted. Rights and logins that no edge needs are removed. What it makes is in
its pod template, and a hash of the template is in the name of the Job, so a change is another Job, which runs once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.kafka.rights import rights_of, users_of
from kmop_constructs.components.data.kafka.spec import ADMINISTRATOR
from kmop_constructs.components.data.kafka.topic import TopicDrawn
from kmop_constructs.providers.native.data.setup_job import KEPT, SetupJob
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.security import Security
from kmop_constructs.workloads.task import Task, TaskSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kmop_constructs.components.data.kafka.rights import Right
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.providers.native.data.store import NativeDataOptions
    from kmop_constructs.values.env import SecretKey
    from kmop_constructs.values.image import Image


__all__ = ["SCRIPT", "KafkaSetup", "setup_spec"]

_RESOURCES = Resources(cpu=Cpu("100m"), memory=Size("512Mi"))
"""Each program of Kafka is a Java machine with a heap of 256 MiB (bin/kafka-run-class.sh)."""

_DEADLINE = timedelta(hours=1)
_RESOURCE = {"topic": "TOPIC", "group": "GROUP", "transactionalId": "TRANSACTIONAL_ID"}

SCRIPT = f"""\
set -euf
export LC_ALL=C
umask 077
cd /tmp
printf '%s\\n' security.protocol=SASL_PLAINTEXT sasl.mechanism=SCRAM-SHA-512 >admin.properties
printf 'sasl.jaas.config=%s required username="%s" %s="%s";\\n' org.apache.kafka.common.security.scram.ScramLoginModule \\
  {ADMINISTRATOR} password "$ADMIN_PASSWORD" >>admin.properties
run() {{
  program="$1"
  shift
  "/opt/kafka/bin/kafka-$program.sh" --bootstrap-server "$BOOTSTRAP" --command-config admin.properties "$@" </dev/null
}}

tries=0
until run topics --describe >topics; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || exit 1
  sleep 5
done
run configs --describe --entity-type users >users
printf '%s\\n' "$USERS" >each-user
while read -r name variable; do
  [ -n "$name" ] || continue
  eval "held=\\${{$variable}}"
  printf 'SCRAM-SHA-512=iterations=8192,%s=%s\\n' password "$held" >login
  run configs --alter --entity-type users --entity-name "$name" --add-config-file login
  rm login
done <each-user
sed -n "s/^SCRAM credential configs for user-principal '\\([^']*\\)' .*/\\1/p" users | sort -u >have
{{ echo {ADMINISTRATOR}; cut -d' ' -f1 each-user; }} | sort -u >want
comm -23 have want >gone
while read -r name; do
  echo "removing the login of $name"
  run configs --alter --entity-type users --entity-name "$name" --delete-config SCRAM-SHA-512
done <gone

run acls --list >acls
awk '/^Current ACLs for resource/ {{
    split($0, part, /[=,)]/); type = part[2]; name = part[4]; pattern = part[6]; next }}
  /\\(principal=/ {{
    line = $0; gsub(/[ \\t()]/, "", line); split(line, part, /[=,]/)
    print part[2], type, name, pattern, part[6], part[4], part[8] }}' acls | sort -u >have
printf '%s\\n' "$RIGHTS" | sed '/^$/d' | sort -u >want
change() {{
  action="$1" principal="$2" type="$3" name="$4" pattern="$5" operation="$6" host="$7" permission="$8"
  case "$type" in
    TOPIC) resource=--topic ;;
    GROUP) resource=--group ;;
    TRANSACTIONAL_ID) resource=--transactional-id ;;
    *) echo "left as it is: $*" && return ;;
  esac
  case "$permission" in ALLOW) who=--allow ;; *) who=--deny ;; esac
  set -- "--$action" "$who-principal" "$principal" "$who-host" "$host" --operation "$operation" "$resource" "$name"
  [ "$action" = add ] || set -- --force "$@"
  run acls "$@" --resource-pattern-type "$(echo "$pattern" | tr A-Z a-z)"
}}
comm -23 want have >add
comm -13 want have >gone
while read -r line; do change add $line; done <add
while read -r line; do change remove $line; done <gone

# Topics last: one that cannot be as declared does not keep a right that is taken back.
run configs --describe --entity-type topics >settings

topic() {{
  name="$1" wanted="$2" replicas="$3"
  shift 3
  has="$(awk -v name="$name" '$1 == "Topic:" && $2 == name {{
    for (i = 3; i < NF; i++) if ($i == "PartitionCount:") print $(i + 1) }}' topics)"
  printf '%s\\n' "$@" | sort >want
  if [ -z "$has" ]; then
    set --
    while read -r each; do set -- "$@" --config "$each"; done <want
    echo "creating the topic $name"
    run topics --create --if-not-exists --topic "$name" --partitions "$wanted" --replication-factor "$replicas" "$@"
    return
  fi
  if [ "$has" -gt "$wanted" ]; then
    echo "the topic $name has $has partitions, and cannot have $wanted: a topic never loses partitions" >&2
    return 1
  fi
  if [ "$has" -lt "$wanted" ]; then
    echo "the topic $name gets $wanted partitions instead of $has"
    run topics --alter --topic "$name" --partitions "$wanted"
  fi
  awk -v head="Dynamic configs for topic $name are:" '/^Dynamic configs/ {{ mine = ($0 == head); next }}
    mine && NF {{ print $1 }}' settings | sort >have
  comm -13 have want >add
  if [ -s add ]; then
    run configs --alter --entity-type topics --entity-name "$name" --add-config-file add
  fi
  cut -d= -f1 want | sort >names
  remove="$(cut -d= -f1 have | sort | comm -23 - names | paste -sd, -)"
  if [ -n "$remove" ]; then
    run configs --alter --entity-type topics --entity-name "$name" --delete-config "$remove"
  fi
}}
printf '%s\\n' "$TOPICS" >each-topic
while read -r line; do
  [ -z "$line" ] || topic $line
done <each-topic
echo "topics, users and rights are as declared"
"""


def setup_spec(image: Image, admin_password: SecretKey, options: NativeDataOptions) -> TaskSpec:
    """Return the spec of the Job, without what only the whole app knows."""
    return TaskSpec(
        image=image,
        command=("sh", "-c", SCRIPT),
        env={"ADMIN_PASSWORD": admin_password, "LOG_DIR": "/tmp"},  # noqa: S108 - where programs of Kafka write
        resources=_RESOURCES,
        security=Security(run_as_user=options.user or 1000, run_as_group=options.group or 1000),
        labels=options.labels,
        placement=options.placement,
        retries=3,
        deadline=_DEADLINE,
        keep=KEPT,
    )


class _SetupJob(SetupJob):
    """The Job, with the topics, users and rights of the whole app."""

    def _variables(self, synthesis: Synthesis, env: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [*env, *_wanted(synthesis, self._broker)]


class KafkaSetup(Task):
    """The Job of a native Kafka that makes its topics, users and rights."""

    _drawer = _SetupJob


def _wanted(synthesis: Synthesis, kafka: str) -> Iterator[Mapping[str, Any]]:
    """Yield the variables of the Job: what it makes, and the password of each user by reference."""
    topics = [each for each in synthesis.facts(TopicDrawn) if each.kafka == kafka]
    users = users_of(synthesis, kafka)
    variables = {user: f"PASSWORD_{number}" for number, user in enumerate(users, start=1)}
    # Kubernetes would replace $(NAME) in it.
    yield {"name": "TOPICS", "value": _lines(sorted(map(_topic, topics))).replace("$(", "$$(")}
    yield {"name": "USERS", "value": _lines(f"{user} {variable}" for user, variable in variables.items())}
    rights = (line for user, uses in users.items() for line in _rights(user, rights_of(each.use for each in uses)))
    yield {"name": "RIGHTS", "value": _lines(rights)}
    for user, uses in users.items():
        password = next(each.password for each in uses if each.password is not None)
        reference = {"name": password.name, "key": password.key}
        yield {"name": variables[user], "valueFrom": {"secretKeyRef": reference}}


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _topic(topic: TopicDrawn) -> str:
    settings = " ".join(f"{name}={value}" for name, value in topic.settings.items())
    return f"{topic.spec.name} {topic.spec.partitions} {topic.replicas} {settings}"


def _rights(user: str, rights: Iterable[Right]) -> Iterator[str]:
    """Yield rights in the form in which the script compares them: as ``kafka-acls.sh --list`` prints them."""
    for right in rights:
        pattern = "PREFIXED" if right.prefix else "LITERAL"
        for operation in right.operations:
            yield f"User:{user} {_RESOURCE[right.resource]} {right.name} {pattern} {operation.upper()} * ALLOW"
