# Written by `python -m tools.public_api`.

from kmop_constructs.providers.cert_manager.acme import Acme as Acme
from kmop_constructs.providers.cert_manager.acme import CloudDns as CloudDns
from kmop_constructs.providers.cert_manager.acme import Cloudflare as Cloudflare
from kmop_constructs.providers.cert_manager.acme import HttpGateway as HttpGateway
from kmop_constructs.providers.cert_manager.acme import HttpIngress as HttpIngress
from kmop_constructs.providers.cert_manager.acme import Route53 as Route53
from kmop_constructs.providers.cert_manager.issuers import ClusterIssuer as ClusterIssuer
from kmop_constructs.providers.cert_manager.issuers import Issuer as Issuer
from kmop_constructs.providers.cert_manager.issuers import PrivateAuthority as PrivateAuthority
from kmop_constructs.providers.cert_manager.provider import CertManager as CertManager
from kmop_constructs.providers.cert_manager.sources import CertificateAuthority as CertificateAuthority
from kmop_constructs.providers.cert_manager.sources import SelfSigned as SelfSigned
from kmop_constructs.providers.cert_manager.sources import VaultAuthority as VaultAuthority

__all__: list[str] = ["Acme", "CertManager", "CertificateAuthority", "CloudDns", "Cloudflare", "ClusterIssuer", "HttpGateway", "HttpIngress", "Issuer", "PrivateAuthority", "Route53", "SelfSigned", "VaultAuthority"]
