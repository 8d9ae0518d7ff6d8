"""Images of real brokers on the nodes, for the tests of them alone: other tests have those of an older Debian."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from tests.nodes.bucket import skip_without
from tests.nodes.running import Cluster
from tools.real_nodes import message_images, messages


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
