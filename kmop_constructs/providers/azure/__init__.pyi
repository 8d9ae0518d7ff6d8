# Written by `python -m tools.public_api`.

from kmop_constructs.providers.azure.identity import AzureWorkloadIdentity as AzureWorkloadIdentity

__all__: list[str] = ["AzureWorkloadIdentity"]
