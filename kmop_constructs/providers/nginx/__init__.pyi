# Written by `python -m tools.public_api`.

from kmop_constructs.providers.nginx.entry import NginxEntry as NginxEntry
from kmop_constructs.providers.nginx.entry import NginxEntryOptions as NginxEntryOptions
from kmop_constructs.providers.nginx.gateway import NginxGateway as NginxGateway
from kmop_constructs.providers.nginx.gateway import NginxGatewayOptions as NginxGatewayOptions

__all__: list[str] = ["NginxEntry", "NginxEntryOptions", "NginxGateway", "NginxGatewayOptions"]
