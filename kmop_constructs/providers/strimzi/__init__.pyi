# Written by `python -m tools.public_api`.

from kmop_constructs.providers.strimzi.connect import StrimziConnect as StrimziConnect
from kmop_constructs.providers.strimzi.provider import Strimzi as Strimzi
from kmop_constructs.providers.strimzi.settings import Controllers as Controllers

__all__: list[str] = ["Controllers", "Strimzi", "StrimziConnect"]
