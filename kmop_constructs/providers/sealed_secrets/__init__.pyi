# Written by `python -m tools.public_api`.

from kmop_constructs.providers.sealed_secrets.sealed import SealedSecret as SealedSecret
from kmop_constructs.providers.sealed_secrets.secrets import SealedSecrets as SealedSecrets

__all__: list[str] = ["SealedSecret", "SealedSecrets"]
