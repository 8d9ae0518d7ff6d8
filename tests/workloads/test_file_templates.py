"""Files with secrets in them."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from kmop_constructs import (
    ConflictError,
    Container,
    FileTemplate,
    Image,
    KmopChart,
    Microservice,
    SecretKey,
    Security,
    ServiceSpec,
    SpecError,
)
from kmop_constructs.testing import Synthesized, synthesize

import pytest

BUSYBOX = Image("busybox:1.36")
PASSWORD = SecretKey("db", "password", external=True)
CONFIG = FileTemplate(
    "url: db\npassword: ${PASSWORD}\nhome: ${HOME} $PASSWORD\n", {"PASSWORD": PASSWORD}, image=BUSYBOX
)


def service(chart: KmopChart, **files: FileTemplate) -> Synthesized:
    at = {f"/etc/web/{name}.yaml": template for name, template in files.items()}
    return synthesize(Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, files=at)))


def pod(chart: KmopChart, **files: FileTemplate) -> dict[str, Any]:
    return service(chart, **files).one("Deployment")["spec"]["template"]["spec"]


def test_the_text_is_in_a_config_map_and_the_value_in_its_secret(chart: KmopChart) -> None:
    result = service(chart, app=CONFIG)
    assert result.one("ConfigMap")["data"] == {"app.yaml": CONFIG.text}
    fill = result.one("Deployment")["spec"]["template"]["spec"]["initContainers"][0]
    assert fill["env"] == [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]


def test_the_filled_file_is_in_memory_at_its_path(chart: KmopChart) -> None:
    drawn = pod(chart, app=CONFIG)
    assert {"name": "filled-files", "emptyDir": {"medium": "Memory"}} in drawn["volumes"]
    mount = next(each for each in drawn["containers"][0]["volumeMounts"] if each["name"] == "filled-files")
    assert mount == {
        "name": "filled-files",
        "mountPath": "/etc/web/app.yaml",
        "subPath": "app.yaml",
        "readOnly": True,
    }


def filled(folder: Path, drawn: dict[str, Any], texts: dict[str, str], secret: str) -> dict[str, str]:
    """The files that the very script of the init container makes."""
    fill = drawn["initContainers"][0]
    for name in ("templates", "filled"):
        (folder / name).mkdir()
    for name, text in texts.items():
        (folder / "templates" / name).write_text(text, newline="")
    script = fill["command"][2].replace("/templates/", f"{folder}/templates/").replace("/filled/", f"{folder}/filled/")
    command = [*fill["command"][:2], script, fill["command"][3], *fill["args"]]
    subprocess.run(command, check=True, env={**os.environ, "PASSWORD": secret})
    return {each.name: each.read_bytes().decode() for each in (folder / "filled").iterdir()}


WITH_AWK = pytest.mark.skipif(not shutil.which("awk"), reason="runs the very script, which needs awk")


@WITH_AWK
@pytest.mark.parametrize("secret", ["hunter2", "a&b\\1/'\"$(x)`y`", "${PASSWORD}", ""])
def test_the_script_fills_in_values_of_any_kind_and_nothing_else(chart: KmopChart, tmp_path: Path, secret: str) -> None:
    files = filled(tmp_path, pod(chart, app=CONFIG), {"app.yaml": CONFIG.text}, secret)
    assert files == {"app.yaml": f"url: db\npassword: {secret}\nhome: ${{HOME}} $PASSWORD\n"}


@WITH_AWK
@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n", "\n ", "%"])
def test_a_filled_file_ends_as_its_text(chart: KmopChart, tmp_path: Path, end: str) -> None:
    """A password file with a line end is another password."""
    texts = {"app.yaml": CONFIG.text, "bare.yaml": f"${{PASSWORD}}{end}", "lines.yaml": f"a\n\nb=${{PASSWORD}}{end}"}
    templates = {
        each.partition(".")[0]: FileTemplate(text, CONFIG.values, image=BUSYBOX) for each, text in texts.items()
    }
    files = filled(tmp_path, pod(chart, **templates), texts, "hunter2")
    assert files == {
        name: text.replace("${PASSWORD}", "hunter2") for name, text in texts.items() if name != "app.yaml"
    } | {"app.yaml": "url: db\npassword: hunter2\nhome: ${HOME} $PASSWORD\n"}


def test_files_of_a_root_service_are_written_as_root(chart: KmopChart) -> None:
    root = Security(run_as_user=0, run_as_group=0, allow_root=True)
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, security=root, files={"/etc/web/a": CONFIG})
    drawn = synthesize(Microservice(chart, "web", spec)).one("Deployment")["spec"]["template"]["spec"]
    filling = {**drawn["securityContext"], **drawn["initContainers"][0]["securityContext"]}
    assert filling["runAsUser"] == 0
    assert filling["runAsNonRoot"] is False


def test_two_values_for_one_name_are_a_conflict(chart: KmopChart) -> None:
    other = FileTemplate("p: ${PASSWORD}", {"PASSWORD": SecretKey("other", "password", external=True)}, image=BUSYBOX)
    with pytest.raises(ConflictError, match=r"shop/web: files: two templates set \$\{PASSWORD\} to different values"):
        service(chart, app=CONFIG, other=other)


def test_an_unused_value_is_an_error() -> None:
    with pytest.raises(SpecError, match=r"FileTemplate.values\['PASSWORT'\]: the text has no \$\{PASSWORT\}"):
        FileTemplate("p: ${PASSWORD}", {"PASSWORT": PASSWORD}, image=BUSYBOX)


def test_a_template_without_values_is_a_text() -> None:
    with pytest.raises(SpecError, match=r"FileTemplate.values: empty, so nothing would be replaced; write Text"):
        FileTemplate("p: x", {}, image=BUSYBOX)


def test_only_the_apps_own_container_has_templates() -> None:
    with pytest.raises(SpecError, match="a FileTemplate is only allowed on the app's own container"):
        Container("init", image=BUSYBOX, files={"/etc/x": CONFIG})
