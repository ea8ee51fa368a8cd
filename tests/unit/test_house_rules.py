"""Rules of the house that a machine can check. An exemption stands beside its rule, with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
MOST_LINES = 400

SOURCES = sorted(path.relative_to(ROOT).as_posix() for folder in ("service", "models") for path in (ROOT / folder).rglob("*.py"))  # fmt: skip  # noqa: E501
SERVICE = [source for source in SOURCES if source.startswith("service/")]

HOLDERS_OF_RAW_TEXT: Mapping[str, str] = {
    "service/api/": "what a caller has sent comes in here",
    "service/adapters/": "what another system has sent comes in here",
    "service/hear/": "finds the customer's own words in it",
    "service/redact/": "what it redacts",
    "service/pipeline/incoming.py": "a contact as it came in",
    "service/pipeline/idempotency.py": "hashes it to know a repeated turn",
    "service/pipeline/reader.py": "hands it to redaction, and on to nobody",
    "service/cli/commands/classify.py": "reads a file of the user's own, as the door of a service would",
}
FORBIDDEN_WORDS: Mapping[str, str] = {
    "ticket": "contact",
    "tickets": "contacts",
    "topic": "intent",
    "topics": "intents",
    "category": "intent",
    "categories": "intents",
    "flow": "scenario",
    "satisfaction": "customer effort, or customer_effort_score for a survey's answer",
    "helper": "a name that says what it does",
    "helpers": "names that say what they do",
    "util": "a name that says what it does",
    "utils": "names that say what they do",
}
WHOLE_NAMES: Mapping[str, str] = {
    "query": "utterance",
    "user_input": "utterance, or raw_text before it is redacted",
    "user_satisfaction": "customer effort",
    "unknown_intent": "out_of_scope or no_goal_yet",
    "other_intent": "out_of_scope or no_goal_yet",
    "no_intent": "no_goal_yet",
}
EXEMPT_NAMES: Mapping[tuple[str, str], str] = {
    ("service/record/database/reader.py", "query"): "a query of SQL, not what a customer wrote",
}


def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text(encoding="utf-8"))


def names(source: str) -> Iterator[str]:
    """Every name that the module itself gives: to functions, classes, parameters, variables and attributes."""
    for node in ast.walk(tree(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def imports(source: str) -> Iterator[str]:
    """Every module that is imported, wherever in the file."""
    for node in ast.walk(tree(source)):
        match node:
            case ast.Import(names=found):
                yield from (alias.name for alias in found)
            case ast.ImportFrom(module=str(module)):
                yield module


def calls(source: str) -> Iterator[str]:
    """What is called, dotted as written."""
    return (ast.unparse(node.func) for node in ast.walk(tree(source)) if isinstance(node, ast.Call))


def test_there_is_something_to_check() -> None:
    """The rules below are about these files, and no rule passes for want of them."""
    assert len(SERVICE) > 50
    assert "models/decision.py" in SOURCES


@pytest.mark.parametrize("name", ["utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"])
def test_no_module_is_named_after_nothing(name: str) -> None:
    """A module says what it is about; whatever is everything's helper belongs to somebody."""
    folders_and_files = {part for source in SOURCES for part in Path(source).with_suffix("").parts}

    assert name not in folders_and_files


@pytest.mark.parametrize("source", SOURCES)
def test_no_file_is_too_long(source: str) -> None:
    """Four hundred lines are a reason to split."""
    assert len((ROOT / source).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("source", SOURCES)
def test_words_have_one_meaning(source: str) -> None:
    """What the glossary calls otherwise is not called by the word that it forbids."""
    for name in set(names(source)):
        instead = WHOLE_NAMES.get(name)
        assert instead is None or (source, name) in EXEMPT_NAMES, f"{name}: say {instead}"
        for word in re.findall(r"[A-Z]?[a-z]+", name):
            assert word.lower() not in FORBIDDEN_WORDS, f"{name}: say {FORBIDDEN_WORDS[word.lower()]}"


def test_every_exemption_is_needed() -> None:
    """One that is not any more is taken away."""
    for source, name in EXEMPT_NAMES:
        assert name in set(names(source)), (source, name)


@pytest.mark.parametrize("source", SERVICE)
def test_raw_text_is_named_only_where_it_may_be(source: str) -> None:
    """Unredacted text has one name, and that name has few places."""
    may_hold = any(source.startswith(place) for place in HOLDERS_OF_RAW_TEXT)

    assert may_hold or "raw_text" not in (ROOT / source).read_text(encoding="utf-8")


@pytest.mark.parametrize("source", SERVICE)
def test_nothing_is_printed(source: str) -> None:
    """A service logs and a command echoes."""
    assert "print" not in set(calls(source))


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_is_pickled(source: str) -> None:
    """Reading a file runs none of its contents: no pickle, and arrays without it."""
    assert not {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"} & {
        module.partition(".")[0] for module in imports(source)
    }
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"np.load", "np.save", "numpy.load", "numpy.save"}:
            allowed = {word.arg: ast.unparse(word.value) for word in node.keywords}
            assert allowed.get("allow_pickle") == "False", f"line {node.lineno}"


@pytest.mark.parametrize("source", SOURCES)
def test_yaml_is_only_read_safely(source: str) -> None:
    """No loader that makes objects: a catalogue may come from anybody."""
    text = (ROOT / source).read_text(encoding="utf-8")

    assert not {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load"} & set(calls(source))
    assert not re.search(r"\b(C?UnsafeLoader|C?FullLoader|CLoader|yaml\.Loader)\b", text)


@pytest.mark.parametrize("source", [source for source in SERVICE if not source.startswith("service/record/")])
def test_only_record_knows_the_tables(source: str) -> None:
    """What is kept, and how, is one package's business."""
    assert "models" not in {module.partition(".")[0] for module in imports(source)}


@pytest.mark.parametrize("source", SOURCES)
def test_every_module_says_what_it_is_about(source: str) -> None:
    """Its first line is a sentence for whoever opens it."""
    assert ast.get_docstring(tree(source))


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_told_to_users(name: str) -> None:
    """By the name that goes into the environment."""
    if not README.exists():
        pytest.skip("README.md is not written yet")

    assert re.search(rf"\bERRAND_{name.upper()}\b", README.read_text(encoding="utf-8"))
