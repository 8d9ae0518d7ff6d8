# Written by `python -m tools.public_api`.

from kmop_constructs.providers.consul.edges import ConsulConfig as ConsulConfig
from kmop_constructs.providers.consul.edges import ConsulKv as ConsulKv
from kmop_constructs.providers.consul.server import ConsulAgents as ConsulAgents
from kmop_constructs.providers.consul.server import ConsulCertificates as ConsulCertificates
from kmop_constructs.providers.consul.server import ExistingConsul as ExistingConsul

__all__: list[str] = ["ConsulAgents", "ConsulCertificates", "ConsulConfig", "ConsulKv", "ExistingConsul"]
