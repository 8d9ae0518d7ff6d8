# Written by `python -m tools.public_api`.

from kmop_constructs.providers.emissary.entry import EmissaryEntry as EmissaryEntry
from kmop_constructs.providers.emissary.entry import EmissaryEntryOptions as EmissaryEntryOptions
from kmop_constructs.providers.emissary.gateway import EmissaryGateway as EmissaryGateway
from kmop_constructs.providers.emissary.gateway import EmissaryGatewayOptions as EmissaryGatewayOptions

__all__: list[str] = ["EmissaryEntry", "EmissaryEntryOptions", "EmissaryGateway", "EmissaryGatewayOptions"]
