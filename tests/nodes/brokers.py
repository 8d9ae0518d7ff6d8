"""Images of real brokers on the nodes, for the tests of them alone: other tests have those of an older Debian."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from tests.cluster.waiting import eventually
from tests.nodes.bucket import skip_without
from tests.nodes.running import Cluster, Running
from tools.real_nodes import message_images, messages

KCAT = (
    'kcat -b "$EVENTS_BOOTSTRAP_SERVERS" -X security.protocol="$EVENTS_SECURITY_PROTOCOL" '
    '-X sasl.mechanism="$EVENTS_SASL_MECHANISM" -X sasl.username="$EVENTS_USER" -X sasl.password="$EVENTS_PASSWORD"'
)
"""A client of Kafka with the variables of an edge, which are the properties of librdkafka of the same names."""


def wait_for_jobs(running: Running, *, within: float = 240) -> None:
    """Wait until every Job of an app has ended well."""

    def unfinished() -> list[str]:
        paths = (f"/apis/batch/v1/namespaces/{name}/jobs" for name in running.namespaces)
        jobs = [each for path in paths for each in running.cluster.items(path)]
        drawn = {item["metadata"]["name"] for item in running.result.objects if item["kind"] == "Job"}
        ended = {each["metadata"]["name"] for each in jobs if each.get("status", {}).get("succeeded") == 1}
        return [*sorted(drawn - ended), *running.troubles()] if drawn - ended else []

    eventually(unfinished, within=within)


@contextmanager
def broker_images(cluster: Cluster) -> Generator[None]:
    """Have real brokers in the place of their images. Skip where they are not built; in CI, fail."""
    skip_without(messages.missing())
    images = cluster.nodes.images
    made = message_images.messages(cluster.nodes.binaries)
    images.more |= made
    try:
        yield
    finally:
        for name in made:
            del images.more[name]
