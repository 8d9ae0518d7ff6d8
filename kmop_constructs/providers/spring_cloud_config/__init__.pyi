# Written by `python -m tools.public_api`.

from kmop_constructs.providers.spring_cloud_config.backends import GitBackend as GitBackend
from kmop_constructs.providers.spring_cloud_config.backends import NativeBackend as NativeBackend
from kmop_constructs.providers.spring_cloud_config.backends import SshKey as SshKey
from kmop_constructs.providers.spring_cloud_config.client import ConfigClient as ConfigClient
from kmop_constructs.providers.spring_cloud_config.client import ExistingConfigServer as ExistingConfigServer
from kmop_constructs.providers.spring_cloud_config.client import TrustStore as TrustStore
from kmop_constructs.providers.spring_cloud_config.server import ConfigServer as ConfigServer
from kmop_constructs.providers.spring_cloud_config.server import ConfigServerSpec as ConfigServerSpec
from kmop_constructs.providers.spring_cloud_config.server import KeyStore as KeyStore

__all__: list[str] = ["ConfigClient", "ConfigServer", "ConfigServerSpec", "ExistingConfigServer", "GitBackend", "KeyStore", "NativeBackend", "SshKey", "TrustStore"]
