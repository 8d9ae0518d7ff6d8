"""What the applications of Camunda 8 need of Elasticsearch and PostgreSQL, whatever runs them."""

from kmop_constructs import Credentials, Elasticsearch, ElasticsearchSpec, ExistingSecret, Postgres, PostgresSpec
from kmop_constructs.variables import (
    AuthorityFile,
    DatabaseName,
    Host,
    OptionalVariables,
    Password,
    PortNumber,
    TlsEnabled,
    Url,
    UrlParameters,
    UserName,
)

from constructs import Construct

SEARCH = "camunda-elasticsearch-master"
USERS = "camunda-postgresql"
DIAGRAMS = "camunda-postgresql-web-modeler"


def elasticsearch(scope: Construct) -> Elasticsearch:
    """What Operate, Tasklist and Optimize show.

    Camunda makes its templates and life cycles itself
    (https://docs.camunda.io/docs/8.9/self-managed/concepts/databases/elasticsearch/elasticsearch-privileges/), so all indices are its own.
    """
    login = ExistingSecret("camunda-elasticsearch-login", keys=("username", "password"))
    return Elasticsearch(
        scope,
        SEARCH,
        ElasticsearchSpec(
            version="8.18.0",
            credentials=Credentials(user="camunda", password=login.key("password")),
            # Warnings of what Camunda's clients use and Elasticsearch 9 has no more: https://github.com/camunda/camunda/issues/26285
            settings={"logger.org.elasticsearch.deprecation": "OFF"},
        ),
    )


def users(scope: Construct) -> Postgres:
    """The realms of Keycloak."""
    return Postgres(scope, USERS, PostgresSpec(version="15", database="bitnami_keycloak"))


def diagrams(scope: Construct) -> Postgres:
    """The diagrams of Web Modeler."""
    return Postgres(scope, DIAGRAMS, PostgresSpec(version="14", database="web-modeler"))


# https://docs.camunda.io/docs/8.9/self-managed/components/orchestration-cluster/core-settings/configuration/properties/#secondary-storage
_STORAGE = "CAMUNDA_DATA_SECONDARYSTORAGE_ELASTICSEARCH"
SECONDARY_STORAGE = (
    Url("ELASTICSEARCH_URL"),
    OptionalVariables(
        (
            UserName(f"{_STORAGE}_USERNAME"),
            Password(f"{_STORAGE}_PASSWORD"),
            TlsEnabled(f"{_STORAGE}_SECURITY_ENABLED"),
            AuthorityFile(f"{_STORAGE}_SECURITY_CERTIFICATEPATH"),
        )
    ),
)
"""How the orchestration cluster finds Elasticsearch. It verifies the server with the authority of the file, and its name."""

# https://docs.camunda.io/docs/8.9/self-managed/components/optimize/configuration/system-configuration/#elasticsearch-security
_OPTIMIZE = "CAMUNDA_OPTIMIZE_ELASTICSEARCH"
OPTIMIZE_ELASTICSEARCH = (
    Host("OPTIMIZE_ELASTICSEARCH_HOST"),
    PortNumber("OPTIMIZE_ELASTICSEARCH_HTTP_PORT"),
    OptionalVariables(
        (
            UserName(f"{_OPTIMIZE}_SECURITY_USERNAME"),
            Password(f"{_OPTIMIZE}_SECURITY_PASSWORD"),
            TlsEnabled(f"{_OPTIMIZE}_SSL_ENABLED"),
            AuthorityFile(f"{_OPTIMIZE}_SECURITY_SSL_CERTIFICATE_AUTHORITIES"),
        )
    ),
)
"""How Optimize finds it. It takes a host and a port, so a variable of its own turns TLS on; one path is a list of one."""

# https://github.com/bitnami/containers/tree/main/bitnami/keycloak#configuration, from which the image is made
KEYCLOAK_DATABASE = (
    Host("KEYCLOAK_DATABASE_HOST"),
    PortNumber("KEYCLOAK_DATABASE_PORT"),
    DatabaseName("KEYCLOAK_DATABASE_NAME"),
    UserName("KEYCLOAK_DATABASE_USER"),
    OptionalVariables(UrlParameters("KEYCLOAK_JDBC_PARAMS")),
)
"""How Keycloak finds its database. Its password is a file."""
