"""ConfigMaps and Secrets of a stable name whose content rolls the pods."""

from pathlib import Path
from typing import Any

from kmop_constructs import (
    CheckError,
    ConfigKey,
    ConflictError,
    ExistingConfig,
    ExistingSecret,
    Image,
    InlineSecret,
    KmopChart,
    LocalFile,
    Microservice,
    NativeConfig,
    NativeSecret,
    SecretKey,
    ServiceSpec,
    SpecError,
    local_files,
)
from kmop_constructs.authors import Edge
from kmop_constructs.core.checksum import ANNOTATION
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App


def service(chart: KmopChart, *uses: Edge, **spec: Any) -> Microservice:
    return Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, **spec), uses=uses)


def container(chart: KmopChart, *uses: Edge, **spec: Any) -> dict[str, Any]:
    return synthesize(service(chart, *uses, **spec)).one("Deployment")["spec"]["template"]["spec"]["containers"][0]


def checksum_of(app: App, name: str, data: dict[str, str]) -> str:
    chart = KmopChart(app, name, namespace=name)
    settings = NativeConfig(chart, "settings", data=data)
    result = synthesize(service(chart, settings.all_as_env()))
    return result.one("Deployment")["spec"]["template"]["metadata"]["annotations"][ANNOTATION]


def test_a_change_of_content_rolls_the_pods(app: App) -> None:
    assert checksum_of(app, "first", {"LEVEL": "info"}) != checksum_of(app, "second", {"LEVEL": "debug"})


def test_the_same_content_does_not_roll_them(app: App) -> None:
    assert checksum_of(app, "first", {"LEVEL": "info"}) == checksum_of(app, "second", {"LEVEL": "info"})


def test_a_patch_of_the_content_rolls_them_too(chart: KmopChart) -> None:
    from kmop_constructs.patch import Replace

    settings = NativeConfig(chart, "settings", data={"LEVEL": "info"})
    web = service(chart, settings.as_env("LEVEL"))
    before = synthesize(web).one("Deployment")["spec"]["template"]["metadata"]["annotations"][ANNOTATION]
    settings.patch(Replace("/data/LEVEL", "debug"))
    after = synthesize(web).one("Deployment")["spec"]["template"]["metadata"]["annotations"][ANNOTATION]
    assert before != after


def test_a_key_becomes_a_variable_under_its_own_or_another_name(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "settings", data={"LEVEL": "info", "max.items": "5"})
    env = container(chart, settings.as_env("LEVEL", MAX_ITEMS="max.items"))["env"]
    assert env == [
        {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "LEVEL"}}},
        {"name": "MAX_ITEMS", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "max.items"}}},
    ]


def test_a_key_becomes_a_file_at_its_path(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "settings", data={"app.yaml": "a: 1\n"})
    mount = container(chart, settings.file("app.yaml", at="/etc/web/app.yaml"))["volumeMounts"][0]
    assert mount == {
        "name": "config-settings",
        "mountPath": "/etc/web/app.yaml",
        "subPath": "app.yaml",
        "readOnly": True,
    }


def test_a_directory_has_a_file_for_each_key(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "settings", data={"app.yaml": "a: 1\n"})
    mount = container(chart, settings.directory("/etc/web"))["volumeMounts"][0]
    assert (mount["mountPath"], "subPath" in mount) == ("/etc/web", False)


def test_local_files_are_read_from_a_folder(chart: KmopChart, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("B")
    (tmp_path / "a.txt").write_text("A")
    config = NativeConfig(chart, "texts", data=local_files(tmp_path, "*.txt"))
    assert synthesize(config).one("ConfigMap")["data"] == {"a.txt": "A", "b.txt": "B"}


def test_a_relative_local_file_is_refused() -> None:
    """The working folder may change."""
    with pytest.raises(SpecError, match=r"LocalFile: not an absolute path, got 'app.yaml'; write Path\(__file__\)"):
        LocalFile("app.yaml")


def test_an_unknown_key_of_a_config_is_an_error_that_lists_the_keys(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "settings", data={"LEVEL": "info"})
    with pytest.raises(SpecError, match=r"settings: unknown key, got 'LEVLE'; use one of \['LEVEL'\]"):
        settings.as_env("LEVLE")


def test_an_unknown_key_of_a_secret_is_an_error_that_lists_the_keys(chart: KmopChart) -> None:
    secret = NativeSecret(chart, "creds", values={"password": InlineSecret("hunter2")})
    with pytest.raises(SpecError, match=r"creds: unknown key, got text that is not shown; use one of \['password'\]"):
        secret.as_env(DB_PASSWORD="passwd")


def test_an_unknown_secret_by_name_fails_the_synth(chart: KmopChart) -> None:
    service(chart, env={"KEY": SecretKey("stripe", "key")})
    with pytest.raises(CheckError, match="stripe"):
        synthesize(chart)


def test_existing_objects_are_believed(chart: KmopChart) -> None:
    env = container(chart, ExistingSecret("stripe").as_env("KEY"), ExistingConfig("site").as_env("URL"))["env"]
    assert [each["valueFrom"] for each in env] == [
        {"secretKeyRef": {"name": "stripe", "key": "KEY"}},
        {"configMapKeyRef": {"name": "site", "key": "URL"}},
    ]


def test_existing_keys_are_checked_where_they_are_listed() -> None:
    with pytest.raises(SpecError, match=r"stripe: unknown key, got text that is not shown; use one of \['KEY'\]"):
        ExistingSecret("stripe", keys=("KEY",)).as_env("KYE")


def test_two_edges_that_give_one_variable_two_values_conflict(chart: KmopChart) -> None:
    first = NativeConfig(chart, "first", data={"LEVEL": "info"})
    second = NativeConfig(chart, "second", data={"LEVEL": "debug"})
    message = r"shop/web: variable 'LEVEL' has two values, one from first.as_env\(\) and one from second.as_env\(\)"
    with pytest.raises(ConflictError, match=message):
        service(chart, first.as_env("LEVEL"), second.as_env("LEVEL"))


def test_a_variable_of_edge_and_spec_with_two_values_conflicts(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "settings", data={"LEVEL": "info"})
    with pytest.raises(ConflictError, match="variable 'LEVEL' has two values, one from the spec and one from settings"):
        service(chart, settings.as_env("LEVEL"), env={"LEVEL": "debug"})


def test_secret_values_are_written_only_as_inline_secrets(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"values\['password'\]: the value would be readable in") as caught:
        NativeSecret(chart, "creds", values={"password": "hunter2"})  # pyright: ignore[reportArgumentType]
    assert "hunter2" not in str(caught.value)


def test_an_inline_secret_is_in_the_secret_and_nowhere_else(chart: KmopChart) -> None:
    secret = NativeSecret(chart, "creds", values={"password": InlineSecret("hunter2")})
    result = synthesize(service(chart, secret.as_env(DB_PASSWORD="password")))
    everything = synthesize(chart)
    assert everything.one("Secret")["stringData"] == {"password": "hunter2"}
    assert "hunter2" not in str(result.objects)
    assert "hunter2" not in everything.yaml()
    assert "hunter2" not in repr(secret.key("password")) + repr(InlineSecret("hunter2"))


def test_a_config_larger_than_the_api_server_takes_is_refused(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="shop/big: larger than 1 MiB, the limit of a ConfigMap or Secret"):
        NativeConfig(chart, "big", data={"big": "x" * 1024 * 1024})


def test_two_different_texts_for_one_file_conflict(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "settings", data={"a": "1"})
    with pytest.raises(ConflictError, match="file '/etc/a' has two values"):
        service(chart, settings.file("a", at="/etc/a"), files={"/etc/a": ConfigKey("other", "a", external=True)})


def test_two_charts_without_a_namespace_do_not_share_a_checksum(app: App) -> None:
    def checksums(data: str) -> list[str]:
        fresh = App(outdir=app.outdir)
        found: list[str] = []
        for name, content in (("a", "fixed"), ("b", data)):
            chart = KmopChart(fresh, name)
            settings = NativeConfig(chart, "settings", data={"KEY": content})
            service(chart, settings.as_env("KEY"))
        for name in ("a", "b"):
            chart = next(each for each in fresh.charts if each.node.id == name)
            template = synthesize(chart).one("Deployment")["spec"]["template"]
            found.append(template["metadata"]["annotations"][ANNOTATION])
        return found

    before, after = checksums("one"), checksums("two")
    assert before[0] == after[0]
    assert before[1] != after[1]
