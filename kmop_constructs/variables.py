"""The variables that an edge gives its caller: which there are, and under which names."""

from kmop_constructs.components.data.spec import DatabaseName, Password, Prefix, UserName
from kmop_constructs.values.address import DEFAULT_ENV, Host, HostPort, PortNumber, Template, Url

__all__ = [
    "DEFAULT_ENV",
    "DatabaseName",
    "Host",
    "HostPort",
    "Password",
    "PortNumber",
    "Prefix",
    "Template",
    "Url",
    "UserName",
]
