# Written by `python -m tools.public_api`.

from kmop_constructs.providers.vault.connection import VaultServer as VaultServer
from kmop_constructs.providers.vault.pki import VaultPki as VaultPki
from kmop_constructs.providers.vault.secrets import VaultSecrets as VaultSecrets

__all__: list[str] = ["VaultPki", "VaultSecrets", "VaultServer"]
