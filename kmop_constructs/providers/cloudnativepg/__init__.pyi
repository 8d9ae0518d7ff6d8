# Written by `python -m tools.public_api`.

from kmop_constructs.providers.cloudnativepg.provider import CloudNativePg as CloudNativePg

__all__: list[str] = ["CloudNativePg"]
