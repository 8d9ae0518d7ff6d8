"""What an `Exposure` can say beside host, path and TLS."""

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Jwt, Oidc
from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener, StreamListener
from kmop_constructs.components.api_gateway.route import Mirror, Redirect, Share
from kmop_constructs.components.api_gateway.streams import TcpExposure, TlsPassthrough, UdpExposure
from kmop_constructs.components.api_gateway.tls import BackendTls, Hsts, MutualTls
from kmop_constructs.components.api_gateway.traffic import Cors, DnsRecord, RateLimit, Retry, StickyCookie

__all__ = [
    "ApiKey",
    "BackendTls",
    "BasicAuth",
    "Cors",
    "DnsRecord",
    "ExistingEntry",
    "Hsts",
    "Jwt",
    "Listener",
    "Mirror",
    "MutualTls",
    "Oidc",
    "RateLimit",
    "Redirect",
    "Retry",
    "Share",
    "StickyCookie",
    "StreamListener",
    "TcpExposure",
    "TlsPassthrough",
    "UdpExposure",
]
