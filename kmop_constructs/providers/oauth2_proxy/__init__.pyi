# Written by `python -m tools.public_api`.

from kmop_constructs.providers.oauth2_proxy.login import OAuth2Proxy as OAuth2Proxy
from kmop_constructs.providers.oauth2_proxy.login import OAuth2ProxyOptions as OAuth2ProxyOptions

__all__: list[str] = ["OAuth2Proxy", "OAuth2ProxyOptions"]
