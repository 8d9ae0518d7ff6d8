# Written by `python -m tools.public_api`.

from kmop_constructs.providers.aws.irsa import AwsIrsa as AwsIrsa
from kmop_constructs.providers.aws.pod_identity import AwsPodIdentity as AwsPodIdentity

__all__: list[str] = ["AwsIrsa", "AwsPodIdentity"]
