"""The documents hold: links lead somewhere, and reference pages say what the code says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel, create_model
from typer.testing import CliRunner

from service.access.endpoint import ENDPOINTS
from service.api.schema import OutcomeIn, RouteIn
from service.catalogue import schema
from service.catalogue.loader import check_files
from service.cli.app import app
from service.domain.understanding import Channel
from service.measure.declaration import declarations
from service.measure.instruments import Instruments
from service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
MOST_README_BYTES = 9_000
BOXES_OF_THE_WAY = 8
PAGES = [README, *sorted(DOCS.rglob("*.md")), ROOT / "deploy" / "README.md"]

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.MULTILINE)

SECTIONS: Mapping[str, type[BaseModel]] = {
    "Intent": schema.Intent,
    "Scenario": schema.Scenario,
    "Path": schema.Path,
    "Need": schema.Need,
    "Kind `self_service`": schema.SelfServiceRung,
    "Kind `queue`": schema.QueueRung,
    "Kind `http`": schema.HttpRung,
    "Kind `callback`": schema.CallbackRung,
    "Kind `email`": schema.EmailRung,
    "Kind `phone`": schema.PhoneRung,
    "Capacity": schema.Capacity,
    "Detail": schema.Detail,
    "Entry point": schema.EntryPoint,
    "Boundaries": schema.Boundaries,
    "Policy": schema.Policy,
}
"""Headings of the reference with the values that they describe. Keys of every rung stand under their own."""
EVERY_RUNG = "Every rung"
KEYS_OF_EVERY_RUNG = frozenset.intersection(
    *(frozenset(model.model_fields) for heading, model in SECTIONS.items() if heading.startswith("Kind"))
) - {"kind"}
NAMED_BY_THEIR_ENTRY = (schema.Intent, schema.Path, schema.Detail, schema.EntryPoint)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def in_section(text: str, heading: str) -> str:
    """What stands between a heading and the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/catalogue.md has no heading {heading!r}"
    return found[1]


def keys_in(heading: str) -> list[str]:
    return [row[1] for row in ROW.finditer(in_section(page("catalogue.md"), heading))]


def keys_of(heading: str) -> set[str]:
    if heading == EVERY_RUNG:
        return set(KEYS_OF_EVERY_RUNG)
    model = SECTIONS[heading]
    keys = set(model.model_fields) - ({"name"} if model in NAMED_BY_THEIR_ENTRY else set())
    if not heading.startswith("Kind"):
        return keys
    required_here = {key for key in KEYS_OF_EVERY_RUNG if model.model_fields[key].is_required()} - {"name"}
    return keys - KEYS_OF_EVERY_RUNG | required_here


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Every model that a type mentions, and those that its fields mention."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for inner in get_args(annotation):
        yield from models_in(inner)


def examples() -> Iterator[Any]:
    """Each key with its example, and the model that it belongs to."""
    for heading in (*SECTIONS, EVERY_RUNG):
        model = schema.QueueRung if heading == EVERY_RUNG else SECTIONS[heading]
        for row in ROW.finditer(in_section(page("catalogue.md"), heading)):
            example = re.search(r"`([^`]+)`\s*$", row[2])
            yield pytest.param(model, row[1], example[1] if example else "", id=f"{heading}.{row[1]}")


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = HEADING.findall(FENCED.sub("", path.read_text(encoding="utf-8")))
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def links() -> Iterator[Any]:
    for path in PAGES:
        for target in LINK.findall(FENCED.sub("", path.read_text(encoding="utf-8"))):
            address = target[0] or target[1]
            if not re.match(r"[a-z]+:", address):
                yield pytest.param(path, address, id=f"{path.relative_to(ROOT)}->{address}")


@pytest.mark.parametrize(("path", "address"), list(links()))
def test_every_link_leads_to_a_file_and_a_heading(path: Path, address: str) -> None:
    """Relative links in README and docs name what is there."""
    file, _, anchor = address.partition("#")
    target = (path.parent / file).resolve() if file else path

    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_readme_is_short_and_draws_the_way() -> None:
    """It has at most 9,000 bytes and a drawing of eight boxes."""
    text = README.read_text(encoding="utf-8")
    drawing = re.search(r"^```mermaid\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    assert len(text.encode()) <= MOST_README_BYTES
    assert drawing is not None
    assert len(set(re.findall(r"(\w+)\[", drawing[1]))) == BOXES_OF_THE_WAY


def test_every_page_is_in_the_index() -> None:
    """The index names every page of docs, decisions as one folder."""
    index = DOCS / "README.md"
    named = {(DOCS / address[0].partition("#")[0]).resolve() for address in LINK.findall(index.read_text("utf-8"))}
    pages = {path for path in DOCS.rglob("*.md") if path != index and path.parent.name != "adr"}

    assert not {path.relative_to(DOCS).as_posix() for path in pages if path.resolve() not in named}


def test_no_page_installs_a_stranger_s_package() -> None:
    """The package `errand` on the public index is not this one."""
    pages = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}

    assert not [name for name, text in pages.items() if re.search(r"pip install ['\"]?errand\b(?!-service)", text)]


def test_the_page_of_settings_is_as_printed() -> None:
    """`errand config settings > docs/settings.md` changes nothing."""
    printed = CliRunner().invoke(app, ["config", "settings"])

    assert printed.exit_code == 0
    assert page("settings.md") == printed.stdout


def test_the_page_of_metrics_is_as_printed() -> None:
    """`errand config metrics > docs/metrics.md` changes nothing."""
    printed = CliRunner().invoke(app, ["config", "metrics"])

    assert printed.exit_code == 0
    assert page("metrics.md") == printed.stdout


@pytest.mark.parametrize("attribute", declarations(Instruments))
def test_every_metric_is_explained(attribute: str) -> None:
    """Its row names its kind and explains it in a sentence."""
    name = declarations(Instruments)[attribute].name
    row = re.search(
        rf"^\| `{name}` \| (counter|gauge|histogram) \|.*\|.+\| [1A-Z].+\. \|$", page("metrics.md"), re.MULTILINE
    )

    assert row is not None


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_explained(name: str) -> None:
    """By a row with its variable, its default, what it may be and what it means."""
    row = re.search(rf"^\| `ERRAND_{name.upper()}` \| (.+) \| (.+) \| (.+) \|$", page("settings.md"), re.MULTILINE)

    assert row is not None
    assert all(cell.strip() for cell in row.groups())


def test_the_reference_has_a_section_for_every_part_of_a_catalogue() -> None:
    """A new part of the format needs a heading of its own."""
    roots = [schema.Catalogue.model_fields[section].annotation for section in keys_in("Sections")]

    assert {model for root in roots for model in models_in(root)} == set(SECTIONS.values())


def test_the_reference_names_the_sections_of_a_catalogue() -> None:
    """Those that a file may hold; the version is made by Errand."""
    assert keys_in("Sections") == [name for name in schema.Catalogue.model_fields if name != "version"]


@pytest.mark.parametrize("heading", [*SECTIONS, EVERY_RUNG])
def test_the_reference_names_every_key_and_no_other(heading: str) -> None:
    """Each key once, under the heading of its part."""
    assert sorted(keys_in(heading)) == sorted(keys_of(heading))


@pytest.mark.parametrize(("model", "key", "example"), list(examples()))
def test_the_example_of_a_key_is_good(model: type[BaseModel], key: str, example: str) -> None:
    """Every example is YAML of its key, with a value that the format takes."""
    field = model.model_fields[key]
    written = yaml.load(example, Loader=yaml.BaseLoader)  # noqa: S506  (every scalar stays text, as in a catalogue)

    assert list(written) == [key]
    create_model("Example", **{key: (field.annotation, field)}).model_validate(written)  # type: ignore[call-overload]


@pytest.mark.parametrize("choices", [schema.Purpose, Channel])
def test_the_reference_names_every_choice(choices: type[schema.Purpose] | type[Channel]) -> None:
    """Of keys that take one of a few words."""
    section = in_section(page("catalogue.md"), EVERY_RUNG)

    assert not [choice for choice in choices if f"`{choice}`" not in section]


def test_the_whole_catalogue_of_the_reference_loads() -> None:
    """It has no error, and no warning but that more examples would serve better."""
    written = re.search(r"^```yaml\n(.*?)^```", page("catalogue.md"), re.MULTILINE | re.DOTALL)
    assert written is not None

    report = check_files({"catalogue.yaml": written[1].encode()})

    assert report.catalogue is not None, report.problems
    assert {problem.rule for problem in report.problems} == {"few_examples"}


def test_the_page_of_the_api_names_every_endpoint_and_its_scope() -> None:
    """Each stands in the first table with the scope that it needs."""
    text = page("api.md")
    documents = {"/docs", "/docs/{file}", "/redoc", "/openapi.json"}

    for (method, address), scope in ENDPOINTS.items():
        if address not in documents:
            row = re.search(rf"^\|[^|]*`{re.escape(f'{method} {address}')}`[^|]*\|([^|]*)\|", text, re.MULTILINE)
            assert row is not None, f"{method} {address}"
            assert scope is None or f"`{scope}`" in row[1], f"{method} {address}"


def names_of_the_glossary() -> list[str]:
    """Every module and class in the second column, dotted below `service`."""
    return sorted(set(re.findall(r"^\| [^|]+ \| `([\w.]+)` \|", page("glossary.md"), re.MULTILINE)))


@pytest.mark.parametrize("name", names_of_the_glossary())
def test_the_glossary_names_code_that_exists(name: str) -> None:
    """Each word has a module, or a class in a module."""
    module, _, last = name.rpartition(".")
    module, value = (module, last) if last[0].isupper() else (name, None)

    assert value is None or hasattr(import_module(f"service.{module}"), value)
    assert find_spec(f"service.{module}") is not None


def test_every_word_of_the_glossary_has_a_place_in_the_code() -> None:
    """Each row names a module or a class."""
    rows = [line for line in page("glossary.md").splitlines() if re.match(r"\| (?!Word )\w", line)]

    assert len(rows) > 50
    assert not [row for row in rows if not re.match(r"\| [^|]+ \| `[a-z_.]+[A-Za-z]+` \| [^|]+ \|", row)]


@pytest.mark.parametrize("key", sorted({*RouteIn.model_fields, *OutcomeIn.model_fields}))
def test_the_page_of_the_api_names_every_field_that_a_caller_sends(key: str) -> None:
    """Of the requests that route a contact and tell its outcome."""
    assert f"`{key}`" in page("api.md")
