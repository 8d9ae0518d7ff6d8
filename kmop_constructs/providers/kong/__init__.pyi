# Written by `python -m tools.public_api`.

from kmop_constructs.providers.kong.entry import KongEntry as KongEntry
from kmop_constructs.providers.kong.entry import KongEntryOptions as KongEntryOptions
from kmop_constructs.providers.kong.gateway import KongGateway as KongGateway
from kmop_constructs.providers.kong.options import KongGatewayOptions as KongGatewayOptions

__all__: list[str] = ["KongEntry", "KongEntryOptions", "KongGateway", "KongGatewayOptions"]
