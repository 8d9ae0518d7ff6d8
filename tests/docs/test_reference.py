"""The reference is that of the sources, has every public name once, and leads nowhere that is not there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import kmop_constructs
from kmop_constructs import ScheduledTaskSpec, ServiceSpec, StatefulSpec, testing
from tools.reference import __main__ as recipe
from tools.reference.contents import ORDINARY, page_of
from tools.reference.names import PublicName, find_names
from tools.reference.pages import COMMENT, INDEX, write_pages
from tools.reference.sheet import Places, Sheet, anchor

import pytest

Pages = dict[str, str]


@pytest.fixture(scope="module")
def pages() -> Pages:
    return write_pages()


def headings(page: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", page, re.MULTILINE)


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_page_is_current(pages: Pages) -> None:
    assert recipe.find_stale(pages) == [], "run: python -m tools.reference"


def test_every_public_name_has_one_section(pages: Pages) -> None:
    names = find_names()
    assert {each.name for each in names if each.module == "kmop_constructs"} == set(kmop_constructs.__all__)
    assert {each.name for each in names if each.module == "kmop_constructs.testing"} == set(testing.__all__)
    places = Places(names)
    for each in names:
        assert headings(pages[page_of(each)[0].file]).count(places.title(each.path)) == 1, each


def test_every_section_of_a_page_has_an_address_of_its_own(pages: Pages) -> None:
    for file, page in pages.items():
        addresses = [anchor(heading) for heading in headings(page)]
        assert len(addresses) == len(set(addresses)), file


def test_every_link_leads_to_a_section(pages: Pages) -> None:
    there = {(file, anchor(heading)) for file, page in pages.items() for heading in headings(page)}
    links = {
        (target or file, address)
        for file, page in pages.items()
        for target, address in re.findall(r"\]\(([\w-]*(?:\.md)?)#([^)]+)\)", page)
    }
    assert len(links) > len(kmop_constructs.__all__)
    assert links <= there


def test_every_page_states_its_subject_and_generator(pages: Pages) -> None:
    for file, page in pages.items():
        comment, title, about = page.split("\n\n")[:3]
        assert comment == COMMENT, file
        assert title.startswith("# "), file
        assert re.fullmatch(r"[A-Z].*\.", about), file


def test_the_index_begins_with_the_names_of_an_ordinary_service(pages: Pages) -> None:
    said = re.findall(r"^- \[`(\w+)`\]", section(pages[INDEX], "The twenty names of an ordinary service"), re.MULTILINE)
    assert said == list(ORDINARY)
    assert len(said) == 20


def test_the_index_has_every_name_in_order(pages: Pages) -> None:
    said = re.findall(r"^- \[`([\w.]+)`\]", section(pages[INDEX], "All names"), re.MULTILINE)
    assert len(said) == len(find_names())
    assert said == sorted(said, key=str.lower)


@pytest.mark.parametrize("kind", [ServiceSpec, StatefulSpec, ScheduledTaskSpec])
def test_a_page_has_every_field_of_a_spec(pages: Pages, kind: type[ServiceSpec]) -> None:
    page = pages["services.md"]
    named = section(page, kind.__name__)
    for field in fields(kind):
        assert f"`{field.name}`" in named, field.name
        assert f"\n- `{field.name}`: " in page, field.name


def test_a_field_has_its_type_default_and_docstring(pages: Pages) -> None:
    assert (
        "- `service`: [`Service`](#service) | [`Sequence[Service]`](#service), default `Service()`\\\n  One Service of the pods or several"
    ) in section(pages["services.md"], "ServiceSpec")


def test_a_name_that_no_page_has_is_an_error() -> None:
    with pytest.raises(LookupError, match="no page has kmop_constructs.elsewhere"):
        page_of(PublicName(module="kmop_constructs", name="New", home="kmop_constructs.elsewhere"))


def test_check_names_the_page_that_is_not_current(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recipe, "write_pages", lambda: pages)
    assert recipe.main([], tmp_path) == 0
    assert recipe.main(["--check"], tmp_path) == 0
    (tmp_path / "errors.md").write_text("old")
    (tmp_path / "gone.md").write_text("old")
    assert recipe.main(["--check"], tmp_path) == 1
    assert re.findall(r"reference/(\S+):", capsys.readouterr().err) == ["errors.md", "gone.md"]
    recipe.main([], tmp_path)
    assert recipe.find_stale(pages, tmp_path) == []


def test_a_docstring_that_names_a_member_that_is_gone_is_an_error() -> None:
    sheet = Sheet(Places(find_names()), "services.md")
    assert sheet.write_text("See `ServiceRef.http`.", None) == ["See [`ServiceRef.http`](connections.md#serviceref)."]
    with pytest.raises(LookupError, match=r"names ServiceRef.carrier_pigeon, which is not there"):
        sheet.write_text("See `ServiceRef.carrier_pigeon`.", None)
