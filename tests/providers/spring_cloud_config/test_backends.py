"""Back ends of a config server: variables, files, and the one host that a Git back end may reach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Credentials,
    ExistingConfig,
    ExistingSecret,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    LocalFile,
    NativeConfig,
    Size,
    SpecError,
    Text,
)
from kmop_constructs.providers.spring_cloud_config import (
    ConfigServer,
    ConfigServerSpec,
    GitBackend,
    NativeBackend,
    SshKey,
)
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest

HTTPS = "https://git.acme.io/platform/config.git"
SSH = "git@git.acme.io:platform/config.git"
GIT = ExistingSecret("config-git")
KEY = SshKey(GIT.key("id_rsa"), host_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA git.acme.io")
PREFIX = "SPRING_CLOUD_CONFIG_SERVER_GIT_"


def wrong(value: object) -> Any:
    """What a caller without a type checker may write."""
    return value


def server(chart: KmopChart, backend: GitBackend | NativeBackend) -> ConfigServer:
    return ConfigServer(chart, "config-server", ConfigServerSpec(image=Image("acme/config:1"), backend=backend))


def pod(chart: KmopChart, backend: GitBackend | NativeBackend) -> dict[str, Any]:
    return synthesize(server(chart, backend)).one("Deployment")["spec"]["template"]["spec"]


def env(chart: KmopChart, backend: GitBackend | NativeBackend) -> dict[str, Any]:
    drawn = pod(chart, backend)["containers"][0]["env"]
    return {each["name"]: each.get("value", each.get("valueFrom", {}).get("secretKeyRef")) for each in drawn}


def egress(chart: KmopChart, backend: GitBackend | NativeBackend) -> list[Any]:
    return [each for each in synthesize(server(chart, backend)).one("NetworkPolicy")["spec"]["egress"] if "to" in each]


def test_a_repository_is_cloned_before_the_server_is_ready(chart: KmopChart) -> None:
    assert env(chart, GitBackend(HTTPS)) == {
        "SERVER_PORT": "8888",
        f"{PREFIX}URI": HTTPS,
        f"{PREFIX}BASEDIR": "/var/lib/config-server/repository",
        f"{PREFIX}CLONEONSTART": "true",
        f"{PREFIX}FORCEPULL": "true",
        f"{PREFIX}TIMEOUT": "5",
        "XDG_CONFIG_HOME": "/var/lib/config-server",
    }


def test_the_working_copy_is_below_its_volume(chart: KmopChart) -> None:
    """The server deletes the directory before a clone, which it cannot do with the place of a volume."""
    drawn = pod(chart, GitBackend(HTTPS, directory="/srv/git", size_limit=Size.mib(200)))
    [mounted] = [each for each in drawn["containers"][0]["volumeMounts"] if each["name"] == "working-copy"]
    assert mounted["mountPath"] == "/srv/git"
    assert {"name": "working-copy", "emptyDir": {"sizeLimit": "200Mi"}} in drawn["volumes"]


def test_every_field_of_a_repository_is_drawn(chart: KmopChart) -> None:
    backend = GitBackend(
        HTTPS,
        label="release",
        search_paths=("{application}", "shared*"),
        clone_on_start=False,
        timeout=timedelta(seconds=9),
        refresh=timedelta(minutes=1),
        force_pull=False,
        delete_untracked_branches=True,
    )
    found = env(chart, backend)
    assert {key.removeprefix(PREFIX): value for key, value in found.items() if key.startswith(PREFIX)} == {
        "URI": HTTPS,
        "BASEDIR": "/var/lib/config-server/repository",
        "DEFAULTLABEL": "release",
        "SEARCHPATHS": "{application},shared*",
        "CLONEONSTART": "false",
        "TIMEOUT": "9",
        "REFRESHRATE": "60",
        "FORCEPULL": "false",
        "DELETEUNTRACKEDBRANCHES": "true",
    }


def test_a_token_for_git_is_by_reference(chart: KmopChart) -> None:
    found = env(chart, GitBackend(HTTPS, credentials=Credentials.of(GIT)))
    assert found[f"{PREFIX}USERNAME"] == {"name": "config-git", "key": "username"}
    assert found[f"{PREFIX}PASSWORD"] == {"name": "config-git", "key": "password"}


def test_ssh_compares_the_key_of_the_host(chart: KmopChart) -> None:
    """With known hosts alone, the server turns the comparison off."""
    found = env(chart, GitBackend(SSH, credentials=KEY))
    assert found[f"{PREFIX}IGNORELOCALSSHSETTINGS"] == "true"
    assert found[f"{PREFIX}PRIVATEKEY"] == {"name": "config-git", "key": "id_rsa"}
    assert found[f"{PREFIX}HOSTKEYALGORITHM"] == "ssh-ed25519"
    assert found[f"{PREFIX}HOSTKEY"] == "AAAAC3NzaC1lZDI1NTE5AAAA"
    assert f"{PREFIX}STRICTHOSTKEYCHECKING" not in found


def test_a_passphrase_is_by_reference(chart: KmopChart) -> None:
    key = SshKey(GIT.key("id_rsa"), host_key=KEY.host_key, passphrase=GIT.key("passphrase"))
    assert env(chart, GitBackend(SSH, credentials=key))[f"{PREFIX}PASSPHRASE"] == {
        "name": "config-git",
        "key": "passphrase",
    }


@pytest.mark.parametrize(
    ("uri", "credentials", "port"),
    [
        (HTTPS, None, 443),
        ("http://git.acme.io/config.git", None, 80),
        ("https://git.acme.io:8443/config.git", None, 8443),
        (SSH, KEY, 22),
        ("ssh://git@git.acme.io:2222/config.git", KEY, 2222),
    ],
)
def test_only_the_port_of_the_host_is_open(chart: KmopChart, uri: str, credentials: Any, port: int) -> None:
    backend = GitBackend(uri, credentials=credentials)
    [rule] = egress(chart, backend)
    assert rule["ports"] == [{"port": port, "protocol": "TCP"}]


def test_the_public_host_is_reached_and_no_other_port(chart: KmopChart) -> None:
    drawn = server(chart, GitBackend(HTTPS))
    assert_reachable(drawn, "203.0.113.7", 443)
    assert_blocked(drawn, "203.0.113.7", 22)
    assert_blocked(drawn, "10.0.0.7", 443)


def test_a_private_host_is_open_by_its_ranges(chart: KmopChart) -> None:
    there = ExternalHost("git.acme.internal", cidrs=("10.7.0.0/24",))
    [rule] = egress(chart, GitBackend("https://git.acme.internal/config.git", host=there))
    assert rule["to"] == [{"ipBlock": {"cidr": "10.7.0.0/24"}}]


def test_a_service_of_the_cluster_is_open_by_its_pods(chart: KmopChart) -> None:
    there = ExistingService("gitea", port=3000, namespace="git", pod_labels={"app": "gitea"})
    [rule] = egress(chart, GitBackend("http://gitea.git.svc:3000/acme/config.git", host=there))
    assert rule["to"][0]["podSelector"] == {"matchLabels": {"app": "gitea"}}


def test_a_placeholder_names_no_repository_at_start(chart: KmopChart) -> None:
    backend = GitBackend("https://git.acme.io/{application}.git")
    assert env(chart, backend)[f"{PREFIX}CLONEONSTART"] == "false"


def test_files_are_the_native_back_end(chart: KmopChart) -> None:
    drawn = synthesize(server(chart, NativeBackend({"application.yml": Text("a: 1\n"), "orders.yml": Text("b: 2\n")})))
    found = drawn.one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert {each["name"]: each["value"] for each in found["env"]} == {
        "SERVER_PORT": "8888",
        "SPRING_PROFILES_ACTIVE": "native",
        "SPRING_CLOUD_CONFIG_SERVER_NATIVE_SEARCHLOCATIONS": "file:/etc/config-server/files/",
    }
    mounted = {each["mountPath"] for each in found["volumeMounts"]}
    assert {"/etc/config-server/files/application.yml", "/etc/config-server/files/orders.yml"} <= mounted
    assert drawn.one("ConfigMap")["data"] == {"application.yml": "a: 1\n", "orders.yml": "b: 2\n"}


def test_a_changed_file_rolls_the_server(chart: KmopChart) -> None:
    drawn = synthesize(server(chart, NativeBackend({"application.yml": Text("a: 1\n")})))
    assert "checksum/config" in drawn.one("Deployment")["spec"]["template"]["metadata"]["annotations"]


def test_a_config_map_is_the_native_back_end(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "settings", data={"application.yml": "a: 1\n"})
    found = env(chart, NativeBackend(config=settings))
    assert found["SPRING_CLOUD_CONFIG_SERVER_NATIVE_SEARCHLOCATIONS"] == "file:/etc/config-server/config/"


def test_files_and_a_config_map_are_two_places(chart: KmopChart) -> None:
    backend = NativeBackend({"application.yml": Text("a: 1\n")}, config=ExistingConfig("more"), directory="/srv")
    found = env(chart, backend)
    assert found["SPRING_CLOUD_CONFIG_SERVER_NATIVE_SEARCHLOCATIONS"] == "file:/srv/files/,file:/srv/config/"


def test_the_native_back_end_opens_nothing(chart: KmopChart) -> None:
    assert egress(chart, NativeBackend({"application.yml": Text("a: 1\n")})) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"uri": "config"}, "GitBackend.uri: not the address of a repository"),
        ({"uri": "file:///srv/config"}, "GitBackend.uri: not the address of a repository"),
        ({"uri": "https://git.acme.io/"}, "GitBackend.uri: not the address of a repository"),
        ({"uri": "https://git.acme.io:99999/x"}, "GitBackend.uri: not the address of a repository"),
        ({"uri": "https://{application}.acme.io/x"}, "a placeholder in the host, so no network policy can be drawn"),
        ({"uri": "https://gitea.git.svc/x"}, r"set host=ExistingService\(name, port=…, namespace=…\)"),
        ({"uri": "https://git.acme.internal/x"}, "write its address ranges"),
        ({"credentials": KEY}, r"does not fit to the scheme https of uri, .*write Credentials"),
        ({"uri": SSH}, r"does not fit to the scheme ssh of uri, .*write SshKey"),
        ({"credentials": Credentials(password=GIT.key("token"))}, "no user; Git hosts need one also with a token"),
        ({"uri": "https://git.acme.io/{application}", "clone_on_start": True}, "uri has a placeholder"),
        ({"search_paths": ("a,b",)}, "has a comma, which separates paths, got 'a,b'"),
        ({"search_paths": "shared"}, "a single value instead of a list"),
        ({"refresh": timedelta(milliseconds=5)}, "GitBackend.refresh"),
        ({"timeout": 5}, "GitBackend.timeout"),
        ({"force_pull": "no"}, "GitBackend.force_pull: neither True nor False"),
        ({"label": ""}, "GitBackend.label: empty"),
        ({"host": ExternalHost("other.acme.io")}, r"not the host of uri, 'git.acme.io', got 'other.acme.io'"),
        ({"host": ExternalHost("git.acme.io", port=8443)}, r"not the port of uri, 443, got 8443"),
    ],
)
def test_a_wrong_repository_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        GitBackend(**wrong({"uri": HTTPS, **fields}))


@pytest.mark.parametrize("uri", ["https://git:canary-4711@git.acme.io/x", "https://canary-4711@git.acme.io/x"])
def test_a_login_in_the_address_is_refused_and_not_shown(uri: str) -> None:
    with pytest.raises(SpecError, match="has a login in it") as caught:
        GitBackend(uri)
    assert "canary" not in str(caught.value)


def test_a_private_key_as_text_is_refused_and_not_shown() -> None:
    with pytest.raises(
        SpecError, match="SshKey.private_key: the value would be readable in the output, got a str"
    ) as caught:
        SshKey(wrong("canary-4711"), host_key=KEY.host_key)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("host_key", ["AAAAC3Nz", "git.acme.io ssh-ed25519 AAAAC3Nz", "ssh-unknown AAAA", ""])
def test_a_host_key_has_its_algorithm(host_key: str) -> None:
    with pytest.raises(SpecError, match="SshKey.host_key"):
        SshKey(GIT.key("id_rsa"), host_key=host_key)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "files and config are not set, so clients would get nothing"),
        ({"files": {"orders.txt": Text("")}}, "not a file that Spring reads, got 'orders.txt'"),
        ({"files": {"../orders.yml": Text("")}}, "not the name of a file"),
        ({"files": {"/orders.yml": Text("")}}, "not the name of a file"),
        ({"files": {"orders.yml": "a: 1"}}, r"write Text\(…\) or LocalFile"),
        ({"config": "settings"}, r"write NativeConfig\(…\) or ExistingConfig"),
        ({"config": ExistingConfig("settings"), "directory": "srv"}, "not an absolute path"),
    ],
)
def test_a_wrong_native_back_end_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        NativeBackend(**fields)


def test_a_local_file_is_read(chart: KmopChart, tmp_path: Any) -> None:
    (tmp_path / "orders.yml").write_text("greeting: hello\n", encoding="utf-8")
    drawn = synthesize(server(chart, NativeBackend({"orders.yml": LocalFile(tmp_path / "orders.yml")})))
    assert drawn.one("ConfigMap")["data"] == {"orders.yml": "greeting: hello\n"}
