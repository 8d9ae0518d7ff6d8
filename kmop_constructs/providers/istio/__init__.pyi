# Written by `python -m tools.public_api`.

from kmop_constructs.providers.istio.entry import IstioEntry as IstioEntry
from kmop_constructs.providers.istio.entry import IstioEntryOptions as IstioEntryOptions
from kmop_constructs.providers.istio.gateway import IstioGateway as IstioGateway
from kmop_constructs.providers.istio.gateway import IstioGatewayOptions as IstioGatewayOptions

__all__: list[str] = ["IstioEntry", "IstioEntryOptions", "IstioGateway", "IstioGatewayOptions"]
