# Written by `python -m tools.public_api`.

from kmop_constructs.providers.external_secrets.clouds import AwsParameterStore as AwsParameterStore
from kmop_constructs.providers.external_secrets.clouds import AwsSecretsManager as AwsSecretsManager
from kmop_constructs.providers.external_secrets.clouds import AzureKeyVault as AzureKeyVault
from kmop_constructs.providers.external_secrets.clouds import GoogleSecretManager as GoogleSecretManager
from kmop_constructs.providers.external_secrets.provider import ExternalSecrets as ExternalSecrets
from kmop_constructs.providers.external_secrets.push import PushSecret as PushSecret
from kmop_constructs.providers.external_secrets.store import ClusterSecretStore as ClusterSecretStore
from kmop_constructs.providers.external_secrets.store import SecretStore as SecretStore
from kmop_constructs.providers.external_secrets.values import FakeStore as FakeStore
from kmop_constructs.providers.external_secrets.values import VaultStore as VaultStore

__all__: list[str] = ["AwsParameterStore", "AwsSecretsManager", "AzureKeyVault", "ClusterSecretStore", "ExternalSecrets", "FakeStore", "GoogleSecretManager", "PushSecret", "SecretStore", "VaultStore"]
