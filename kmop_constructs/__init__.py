"""Production-ready Kubernetes YAML from a short description of a microservice architecture, with cdk8s.

Values (specs, images, quantities, edges by name) import without Node; constructs load cdk8s when they are first
asked for. Import this package before cdk8s: it names the Node.js that the engine starts with.
"""

from kmop_constructs._engine import choose_node, start_engine
from kmop_constructs._lazy import lazily
from kmop_constructs._public import NAMES, needs_engine


def _prepare(module: str) -> None:
    if needs_engine(module):
        start_engine()


choose_node()
__getattr__, __dir__, __all__ = lazily(__name__, NAMES, prepare=_prepare)
