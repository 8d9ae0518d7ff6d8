# Written by `python -m tools.public_api`.

from kmop_constructs.providers.reloader.reload import Reloader as Reloader

__all__: list[str] = ["Reloader"]
