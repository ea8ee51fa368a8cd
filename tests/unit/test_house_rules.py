"""Rules of the house that a machine can check. An exemption stands beside its rule, with its reason."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
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

LOOSE = ("__init__", "context", "errors", "logs", "main", "settings")
NAMED_TWICE: Mapping[str, str] = {}
RECORD = "service/record/"
VALUES_OF_RECORD: Mapping[tuple[str, str], str] = {}
"""Dataclasses of the record that others import, with the reason."""

OVER_HTTP = "the behaviour is an answer to a request"
ON_DATABASES = "the behaviour is that of two databases"
BY_COMMANDS = "the behaviour is the output of a command"
BY_DOCUMENTS = "the behaviour is a page, which is held against the code"
BY_REPORTS = "the behaviour is a line of the report on a catalogue"
BY_PLAYING = "the behaviour is a story that is played"
BY_HEARING = "the behaviour is a part of one reading"
BY_INSTRUMENTS = "the behaviour is the exposition of the instruments"
BY_SPOOL = "the behaviour is that of files which die at any moment"
WITH_TORCH = "the tests need torch, which the other tests do without"
TESTED_ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "service/learn/pressing.py": ("chosen together with the other thresholds", "tests/unit/learn/test_thresholds.py"),
    "service/learn/served_reading.py": ("read by the commands", "tests/unit/cli/commands/test_classify.py"),
    "service/domain/understanding.py": ("small properties of values", "tests/unit/understand/test_merge.py"),
    "service/domain/promise.py": ("moved by desks", "tests/unit/record/tables/test_promise_move.py"),
    "service/access/request_access.py": (OVER_HTTP, "tests/api/test_security.py"),
    "service/api/contact.py": (OVER_HTTP, "tests/api/test_contact.py"),
    "service/api/content.py": (OVER_HTTP, "tests/api/test_content.py"),
    "service/api/decision.py": (OVER_HTTP, "tests/api/test_reroute.py"),
    "service/api/docs_page.py": (OVER_HTTP, "tests/api/test_document.py"),
    "service/api/health.py": (OVER_HTTP, "tests/api/test_health.py"),
    "service/api/intent.py": (OVER_HTTP, "tests/api/test_intent.py"),
    "service/api/link.py": (OVER_HTTP, "tests/api/test_document.py"),
    "service/api/openapi.py": (OVER_HTTP, "tests/api/test_document.py"),
    "service/api/outcome.py": (OVER_HTTP, "tests/api/test_outcome.py"),
    "service/api/promise.py": (OVER_HTTP, "tests/api/test_promise.py"),
    "service/api/promise_schema.py": (OVER_HTTP, "tests/api/test_promise.py"),
    "service/api/report.py": (OVER_HTTP, "tests/api/test_report.py"),
    "service/api/route.py": (OVER_HTTP, "tests/api/test_route.py"),
    "service/api/schema.py": (OVER_HTTP, "tests/api/test_refusal.py"),
    "service/catalogue/parsed_entries.py": (BY_REPORTS, "tests/unit/catalogue/test_loader.py"),
    "service/catalogue/path_rules.py": (BY_REPORTS, "tests/unit/catalogue/test_across_files.py"),
    "service/cli/commands/audit.py": (BY_COMMANDS, "tests/unit/cli/commands/test_editions.py"),
    "service/cli/commands/evaluate.py": (BY_COMMANDS, "tests/unit/cli/commands/test_train.py"),
    "service/cli/commands/interruption.py": (BY_COMMANDS, "tests/database/test_waiting.py"),
    "service/cli/commands/judge.py": (BY_COMMANDS, "tests/unit/cli/commands/test_content.py"),
    "service/cli/commands/metrics_page.py": (BY_DOCUMENTS, "tests/unit/test_docs.py"),
    "service/cli/commands/progress.py": (BY_COMMANDS, "tests/unit/cli/commands/test_train.py"),
    "service/cli/commands/record.py": (BY_COMMANDS, "tests/unit/cli/commands/test_keys.py"),
    "service/cli/commands/settings_page.py": (BY_DOCUMENTS, "tests/unit/test_docs.py"),
    "service/cli/config.py": (BY_COMMANDS, "tests/unit/cli/commands/test_config.py"),
    "service/cli/editions.py": (BY_COMMANDS, "tests/unit/cli/commands/test_editions.py"),
    "service/cli/keys.py": (BY_COMMANDS, "tests/unit/cli/commands/test_keys.py"),
    "service/cli/promises.py": (BY_COMMANDS, "tests/unit/cli/commands/test_promises.py"),
    "service/cli/spool.py": (BY_COMMANDS, "tests/unit/cli/commands/test_spool.py"),
    "service/demo/play.py": (BY_PLAYING, "tests/api/test_demo.py"),
    "service/demo/systems.py": (BY_PLAYING, "tests/unit/demo/test_shop.py"),
    "service/hear/closing.py": (BY_HEARING, "tests/unit/hear/test_mail_body.py"),
    "service/hear/disclaimer.py": (BY_HEARING, "tests/unit/hear/test_mail_body.py"),
    "service/hear/listed.py": (BY_HEARING, "tests/unit/hear/test_form.py"),
    "service/hear/look_alike.py": (BY_HEARING, "tests/unit/hear/test_unicode_form.py"),
    "service/hear/telephone.py": (BY_HEARING, "tests/unit/hear/test_hear.py"),
    "service/learn/finetuning/bert.py": (WITH_TORCH, "tests/finetune/test_finetune.py"),
    "service/learn/finetuning/checkpoint.py": (WITH_TORCH, "tests/finetune/test_checkpoint.py"),
    "service/learn/finetuning/contrast.py": (WITH_TORCH, "tests/finetune/test_contrast.py"),
    "service/learn/finetuning/export.py": (WITH_TORCH, "tests/finetune/test_finetune.py"),
    "service/learn/finetuning/torch_encoder.py": (WITH_TORCH, "tests/finetune/test_torch_encoder.py"),
    "service/learn/finetuning/tuning.py": (WITH_TORCH, "tests/finetune/test_tuning.py"),
    "service/main.py": (OVER_HTTP, "tests/api/test_server.py"),
    "service/measure/declaration.py": (BY_INSTRUMENTS, "tests/unit/measure/test_instruments.py"),
    "service/record/database/dialect.py": (ON_DATABASES, "tests/database/test_schema.py"),
    "service/record/database/group_read.py": (ON_DATABASES, "tests/database/test_group_read.py"),
    "service/record/database/listen_notify.py": (ON_DATABASES, "tests/database/test_edition.py"),
    "service/record/database/reader.py": (ON_DATABASES, "tests/database/test_faults.py"),
    "service/record/database/schema.py": (ON_DATABASES, "tests/database/test_schema.py"),
    "service/record/database/writer.py": (ON_DATABASES, "tests/database/test_group_commit.py"),
    "service/record/purge.py": (ON_DATABASES, "tests/database/test_purge.py"),
    "service/record/recorder.py": (ON_DATABASES, "tests/database/test_recorder.py"),
    "service/record/spool/codec.py": (BY_SPOOL, "tests/unit/record/spool/test_spool.py"),
    "service/record/spool/record_format.py": (BY_SPOOL, "tests/unit/record/spool/test_spool.py"),
    "service/record/spool/replay.py": (ON_DATABASES, "tests/database/test_spooling.py"),
    "service/record/spool/spool_file.py": (BY_SPOOL, "tests/unit/record/spool/test_spool.py"),
    "service/record/spool/spooling_recorder.py": (ON_DATABASES, "tests/database/test_spooling.py"),
    "service/record/tables/announced.py": (ON_DATABASES, "tests/database/test_outbox.py"),
    "service/record/tables/announcement.py": (ON_DATABASES, "tests/database/test_announcement.py"),
    "service/record/tables/audit.py": (ON_DATABASES, "tests/database/test_key.py"),
    "service/record/tables/contact.py": (ON_DATABASES, "tests/database/test_agenda.py"),
    "service/record/tables/daily_key.py": (ON_DATABASES, "tests/database/test_daily_key.py"),
    "service/record/tables/decision.py": (ON_DATABASES, "tests/database/test_recorder.py"),
    "service/record/tables/decision_row.py": (ON_DATABASES, "tests/database/test_recorder.py"),
    "service/record/tables/delivery.py": (ON_DATABASES, "tests/database/test_delivery.py"),
    "service/record/tables/delivery_row.py": (ON_DATABASES, "tests/database/test_delivery.py"),
    "service/record/tables/edition.py": (ON_DATABASES, "tests/database/test_edition.py"),
    "service/record/tables/expiry.py": (ON_DATABASES, "tests/database/test_purge.py"),
    "service/record/tables/idempotency.py": (ON_DATABASES, "tests/database/test_recorder.py"),
    "service/record/tables/key.py": (ON_DATABASES, "tests/database/test_key.py"),
    "service/record/tables/ledger.py": (ON_DATABASES, "tests/database/test_ledger.py"),
    "service/record/tables/outcome.py": (ON_DATABASES, "tests/database/test_agenda.py"),
    "service/record/tables/outcome_report.py": (ON_DATABASES, "tests/database/test_report.py"),
    "service/record/tables/promise.py": (ON_DATABASES, "tests/database/test_promise.py"),
    "service/record/tables/resolution.py": (ON_DATABASES, "tests/database/test_agenda.py"),
    "service/record/tables/step.py": (ON_DATABASES, "tests/database/test_delivery.py"),
    "service/record/tables/text.py": (ON_DATABASES, "tests/database/test_text.py"),
}
"""Modules without unit tests of their own: the reason, and the place of their tests."""


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
    assert re.search(rf"\bERRAND_{name.upper()}\b", SETTINGS_PAGE.read_text(encoding="utf-8"))


def test_few_modules_stand_loose() -> None:
    """A newcomer sees rooms, and beside them only what every room may need."""
    assert {source for source in SERVICE if source.count("/") == 1} == {f"service/{name}.py" for name in LOOSE}


def classes(source: str) -> Iterator[ast.ClassDef]:
    """Every class of a module, inner and private classes too."""
    return (node for node in ast.walk(tree(source)) if isinstance(node, ast.ClassDef))


def test_a_class_name_is_used_once() -> None:
    """One word names one class, so that a search finds it."""
    counts = Counter(each.name for source in SERVICE for each in classes(source))

    assert {name for name, count in counts.items() if count > 1} == NAMED_TWICE.keys()


def is_dataclass(node: ast.ClassDef) -> bool:
    return any(ast.unparse(each).partition("(")[0].rpartition(".")[2] == "dataclass" for each in node.decorator_list)


def test_values_that_others_use_stand_outside_the_record() -> None:
    """A value in a module of SQL would have all its users load the database."""
    own = {
        (source.removesuffix(".py").replace("/", "."), node.name)
        for source in SERVICE
        if source.startswith(RECORD)
        for node in classes(source)
        if is_dataclass(node)
    }
    used = {
        (node.module, each.name)
        for source in SERVICE
        if not source.startswith(RECORD)
        for node in ast.walk(tree(source))
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }

    assert own & used == VALUES_OF_RECORD.keys()


def unit_test_of(source: str) -> str:
    """The place of a module's own unit tests."""
    folder, _, name = source.removeprefix("service/").rpartition("/")
    return "/".join(["tests/unit", *folder.split("/"), f"test_{name}"]).replace("//", "/")


def does_something(node: ast.AST) -> bool:
    """True for a function with a body of its own. A protocol declares functions without bodies."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)) for each in node.body)


TESTED = [
    source
    for source in SERVICE
    if Path(source).stem not in {"__init__", "__main__"} and any(map(does_something, ast.walk(tree(source))))
]
"""Modules with behaviour. A module of values alone has nothing to test."""


@pytest.mark.parametrize("source", TESTED)
def test_every_module_has_its_unit_tests(source: str) -> None:
    """They are found at the mirrored path, or the table says where the module is tested instead."""
    assert (ROOT / unit_test_of(source)).exists() or source in TESTED_ELSEWHERE, unit_test_of(source)


@pytest.mark.parametrize("source", sorted(TESTED_ELSEWHERE))
def test_a_module_is_tested_elsewhere_only_if_it_has_to_be(source: str) -> None:
    """An exemption goes with its module, or when the module gets unit tests, and its other tests exist."""
    reason, tests = TESTED_ELSEWHERE[source]

    assert source in TESTED
    assert not (ROOT / unit_test_of(source)).exists(), f"{reason}: take the exemption away"
    assert (ROOT / tests).exists()
