"""Spring PetClinic that keeps its data, in production: the app of apps/petclinic.py with a MySQL, which KubeDB runs.

Upstream's images have a driver for MySQL alone, and the profile ``mysql`` (README.md of the commit that apps/petclinic.py names). What
is deliberately otherwise than in the compose file is in tests/apps/petclinic_operators.accept.yaml, each with its reason.
"""

from apps import petclinic
from apps.platforms.production import with_operators
from kmop_constructs import Credentials, ExistingSecret, MySqlSpec, Platform

from cdk8s import App

PLATFORM = with_operators(petclinic.PLATFORM)
DATABASE = MySqlSpec(
    version="8.4.8",
    database="petclinic",  # the name that upstream's scripts use
    credentials=Credentials(user="petclinic", password=ExistingSecret("petclinic-db").key("password")),
    admin_password=ExistingSecret("petclinic-db-admin").key("password"),
)


def build(app: App, *, platform: Platform | None = None) -> petclinic.PetClinic:
    return petclinic.PetClinic(app, platform=platform or PLATFORM, database=DATABASE)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
