# Written by `python -m tools.public_api`.

from kmop_constructs.providers.eck.provider import Eck as Eck

__all__: list[str] = ["Eck"]
