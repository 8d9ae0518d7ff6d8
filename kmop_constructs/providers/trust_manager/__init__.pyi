# Written by `python -m tools.public_api`.

from kmop_constructs.providers.trust_manager.bundle import PUBLIC_AUTHORITIES as PUBLIC_AUTHORITIES
from kmop_constructs.providers.trust_manager.bundle import TrustBundle as TrustBundle

__all__: list[str] = ["PUBLIC_AUTHORITIES", "TrustBundle"]
