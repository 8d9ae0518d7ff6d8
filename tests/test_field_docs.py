"""What help() says of the fields of a value, though Python forgets the strings below them."""

from __future__ import annotations

import copy
import inspect
import pickle
import pydoc
import subprocess
import sys
from dataclasses import dataclass, fields, replace

from kmop_constructs import Image, Manifest, Platform, Port, ServiceSpec, Size


def help_of(thing: object) -> str:
    return pydoc.plain(pydoc.render_doc(thing))


def test_help_describes_each_field() -> None:
    assert "port\n |      One port or several, the main one first." in help_of(ServiceSpec)


def test_help_describes_fields_of_classes_that_are_not_public() -> None:
    assert "working_dir\n |      Working directory of the process" in help_of(ServiceSpec)


def test_every_field_of_a_spec_and_a_platform_has_a_description() -> None:
    for kind in (ServiceSpec, Platform):
        for field in fields(kind):
            assert inspect.getdoc(getattr(kind, field.name)), f"{kind.__name__}.{field.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class AcmeSpec(ServiceSpec):
    tier: int = 1


def test_a_value_is_copied_pickled_and_extended_as_before() -> None:
    spec = AcmeSpec(image=Image("acme/web:1"), port=80)
    assert not hasattr(spec, "__dict__")
    assert replace(spec, tier=2).tier == 2
    assert copy.copy(spec) == spec
    for value in (Size.gib(1), Port(80)):
        assert pickle.loads(pickle.dumps(value)) == value
    assert "One port or several" in help_of(AcmeSpec)


def test_a_construct_is_left_alone() -> None:
    assert "One Kubernetes object" in help_of(Manifest)


def test_no_source_is_read_before_it_is_needed() -> None:
    program = (
        "import sys\nfrom kmop_constructs import ServiceSpec\nprint(sorted({'ast', 'pydoc'} & sys.modules.keys()))"
    )
    before = "import sys, dataclasses\nprint(sorted({'ast', 'pydoc'} & sys.modules.keys()))"
    ran = [subprocess.run([sys.executable, "-c", each], check=True, capture_output=True) for each in (program, before)]
    assert ran[0].stdout == ran[1].stdout
