"""What the README shows first, as a newcomer types it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from apps import quickstart
from tests.cluster.api import Object
from tests.nodes.running import Cluster, Running, new_app

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def running(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with cluster.running(quickstart.build(new_app(tmp_path_factory.mktemp("quickstart")))) as found:
        yield found


def request(cluster: Cluster, namespace: str, url: str, *, seconds: int = 30, also: str = "") -> str:
    """The README's request, from a pod of a namespace. A new pod's first packets may wait for its policy."""
    command = "-n {} run try --quiet --rm -i --restart=Never --image=curlimages/curl -- curl -s -m {} {} {}"
    images, _ = cluster.nodes.images.of([pod("curlimages/curl")])
    cluster.nodes.push(images)
    return cluster.kubectl(*command.format(namespace, seconds, also, url).split())


def pod(image: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {"containers": [{"name": "x", "image": image}]},
    }


def test_the_request_of_the_readme_is_answered(running: Running) -> None:
    assert "run try --rm -it --restart=Never --image=curlimages/curl -- curl -s http://web.web:8080" in README
    hosts = {each["metadata"]["name"] for each in running.pods("web")}

    # kubectl sometimes shows nothing of a container that ends before it is attached.
    answers = (request(running.cluster, "default", "http://web.web:8080").strip() for _ in range(5))
    assert next(filter(None, answers), "nothing") in hosts


def test_a_pod_of_another_namespace_is_dropped(running: Running) -> None:
    running.cluster.kubectl("create", "namespace", "stranger")
    try:
        # curl tells why: the name is known, and nobody answers, not even with a refusal.
        with pytest.raises(RuntimeError, match="Connection timed out"):
            request(running.cluster, "stranger", "http://web.web:8080", seconds=5, also="-S")
    finally:
        running.cluster.kubectl("delete", "namespace", "stranger", "--wait=false")


def test_pods_of_the_restricted_level_run_with_a_real_nginx(running: Running) -> None:
    pods = running.pods("web")

    assert len({each["spec"]["nodeName"] for each in pods}) == 2
    assert running.execute("web", "id", "-u").strip() == "65532"
    assert "Read-only file system" in running.execute("web", "sh", "-c", "touch /x 2>&1 || true")
    assert running.execute("web", "sh", "-c", "touch /tmp/x && echo written").strip() == "written"


def test_an_image_is_pulled_by_its_own_name(running: Running) -> None:
    images = {each["image"] for pod in running.pods("web") for each in pod["status"]["containerStatuses"]}
    assert images == {"docker.io/nginxinc/nginx-unprivileged:1.27.2"}
