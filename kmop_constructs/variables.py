"""The variables that an edge gives its caller, by form and name, and the type of a variable's value."""

from kmop_constructs.components.data.spec import (
    DatabaseName,
    Jdbc,
    LibPq,
    OptionalVariables,
    Password,
    Prefix,
    RedisCluster,
    RedisSentinel,
    TlsEnabled,
    UrlParameters,
    UserName,
)
from kmop_constructs.values.address import (
    DEFAULT_ENV,
    AuthorityFile,
    CertificateFile,
    Host,
    HostPort,
    KeyFile,
    PortNumber,
    Template,
    Url,
)
from kmop_constructs.values.env import EnvValue

__all__ = [
    "DEFAULT_ENV",
    "AuthorityFile",
    "CertificateFile",
    "DatabaseName",
    "EnvValue",
    "Host",
    "HostPort",
    "Jdbc",
    "KeyFile",
    "LibPq",
    "OptionalVariables",
    "Password",
    "PortNumber",
    "Prefix",
    "RedisCluster",
    "RedisSentinel",
    "Template",
    "TlsEnabled",
    "Url",
    "UrlParameters",
    "UserName",
]
