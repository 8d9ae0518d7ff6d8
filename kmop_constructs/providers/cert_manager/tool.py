"""cert-manager, which makes certificates: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.cert_manager"

TOOL = Tool(
    "cert-manager",
    title="cert-manager",
    release="1.16",
    # https://cert-manager.io/docs/releases/: 1.16 is supported on 1.25 to 1.32.
    kubernetes="1.25",
    kinds=(
        Kind("cert-manager.io", "Certificate"),
        Kind("cert-manager.io", "ClusterIssuer", cluster_scoped=True),
        Kind("cert-manager.io", "Issuer"),
    ),
    provides={"certificates": (f"{_ROOM}.provider:CertManager",)},
    exports=(
        f"{_ROOM}.acme:Acme",
        f"{_ROOM}.acme:CloudDns",
        f"{_ROOM}.acme:Cloudflare",
        f"{_ROOM}.acme:HttpGateway",
        f"{_ROOM}.acme:HttpIngress",
        f"{_ROOM}.acme:Route53",
        f"{_ROOM}.issuers:ClusterIssuer",
        f"{_ROOM}.issuers:Issuer",
        f"{_ROOM}.issuers:PrivateAuthority",
        f"{_ROOM}.sources:CertificateAuthority",
        f"{_ROOM}.sources:SelfSigned",
        f"{_ROOM}.sources:VaultAuthority",
    ),
)
"""The tool."""
