# Written by `python -m tools.public_api`.

from kmop_constructs.providers.google.identity import GoogleWorkloadIdentity as GoogleWorkloadIdentity

__all__: list[str] = ["GoogleWorkloadIdentity"]
