"""The entries of all files side by side, each with its place and, if the entry is valid, its value.

Rules between entries are in `entry_rules` and `path_rules`. These rules read entries as written, so that a mistake in
one key leaves mistakes in other keys visible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from service.catalogue.detail import Detail
from service.catalogue.messages import Sentence, sentence, unknown_key
from service.catalogue.schema import Boundaries, EntryPoint, Intent, Path, Policy
from service.catalogue.yaml_document import Document, Place
from service.errors import Problem

M = TypeVar("M", bound=BaseModel)

ALONE: Final = ""
"""Name of the single entry of `policy` and of `boundaries`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry(Generic[M]):
    """An intent, a path, a detail, an entry point, the policy or the boundaries, as written."""

    section: str
    name: str
    document: Document
    content: dict[str, Any]
    """Keys with values, as written. Empty if the file holds anything else there."""
    model: M | None
    """The valid value, or `None` if any part is refused."""

    @property
    def place(self) -> Place:
        return (self.section, self.name) if self.name else (self.section,)

    @property
    def position(self) -> str:
        return f"{self.document.file}:{self.document.line(self.place)}"

    def text(self, key: str) -> str | None:
        value = self.content.get(key)
        return value if isinstance(value, str) else None

    def is_set(self, key: str) -> bool:
        """Return whether a key for true or false is true. An entry with a mistake elsewhere is read as text."""
        if self.model is not None:
            return bool(getattr(self.model, key))
        return (self.text(key) or "").lower() in {"true", "yes", "on"}

    def items(self, key: str) -> list[Any]:
        value = self.content.get(key)
        return value if isinstance(value, list) else []

    def problem(self, words: Sentence, *inner: str | int, severity: str = "error") -> Problem:
        return problem_at(self.document, (*self.place, *inner), words, severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    intents: dict[str, ParsedEntry[Intent]] = field(default_factory=dict)
    paths: dict[str, ParsedEntry[Path]] = field(default_factory=dict)
    details: dict[str, ParsedEntry[Detail]] = field(default_factory=dict)
    entry_points: dict[str, ParsedEntry[EntryPoint]] = field(default_factory=dict)
    policy: dict[str, ParsedEntry[Policy]] = field(default_factory=dict)
    boundaries: dict[str, ParsedEntry[Boundaries]] = field(default_factory=dict)
    whole: bool = True
    """False if a file broke off. A missing name may then be defined in the unread part."""


def problem_at(document: Document, place: Place, words: Sentence, severity: str = "error") -> Problem:
    return Problem(
        severity=severity,
        rule=words.rule,
        file=document.file,
        line=document.line(place),
        where=".".join(str(step) for step in place),
        message=words.message,
        mend=words.mend,
    )


def gather(documents: Iterable[Document]) -> tuple[Draft, list[Problem]]:
    """Collect every named entry, and every mistake that shows in a single entry."""
    documents = list(documents)
    draft = Draft(whole=all(document.readable for document in documents))
    problems = [problem for document in documents for problem in document.problems]
    for document in documents:
        problems += _sections(document, draft)
    return draft, problems


def _sections(document: Document, draft: Draft) -> Iterator[Problem]:
    content = document.content if document.content is not None else {}
    if not isinstance(content, dict):
        yield problem_at(document, (), _not_keys("The file"))
        return
    readers = {
        "intents": lambda: _named(document, "intents", Intent, draft.intents),
        "paths": lambda: _named(document, "paths", Path, draft.paths),
        "details": lambda: _named(document, "details", Detail, draft.details),
        "entry_points": lambda: _named(document, "entry_points", EntryPoint, draft.entry_points),
        "policy": lambda: _entry(document, ("policy",), Policy, draft.policy),
        "boundaries": lambda: _entry(document, ("boundaries",), Boundaries, draft.boundaries),
    }
    for section, written in content.items():
        if section not in readers:
            yield problem_at(document, (section,), unknown_key(section, readers))
        elif written is not None:
            yield from readers[section]()


def _named(document: Document, section: str, model: type[M], into: dict[str, ParsedEntry[M]]) -> Iterator[Problem]:
    content = document.at((section,))
    if not isinstance(content, dict):
        yield problem_at(document, (section,), _not_keys(f"'{section}'"))
        return
    for name in content:
        yield from _entry(document, (section, name), model, into)


def _entry(document: Document, place: Place, model: type[M], into: dict[str, ParsedEntry[M]]) -> Iterator[Problem]:
    content = document.at(place)
    name = str(place[1]) if len(place) > 1 else ALONE
    if not isinstance(content, dict):
        yield problem_at(document, place, _not_keys(f"'{place[-1]}'"))
        content, value = {}, None
    else:
        value, refusals = _validated(document, place, content, model)
        yield from refusals
    entry = ParsedEntry(section=str(place[0]), name=name, document=document, content=content, model=value)
    if name in into:
        words = f"'{place[-1]}' is defined already at {into[name].position}."
        yield entry.problem(Sentence("defined_twice", words, "Keep one of the two, or rename one."))
    else:
        into[name] = entry


def _validated(
    document: Document, place: Place, content: dict[str, Any], model: type[M]
) -> tuple[M | None, list[Problem]]:
    named = {"name": place[1]} if "name" in model.model_fields else {}
    problems = []
    if named and "name" in content:
        keys = set(model.model_fields) - {"name"}
        problems.append(problem_at(document, (*place, "name"), unknown_key("name", keys)))
    try:
        value = model.model_validate({**content, **named})
    except ValidationError as error:
        problems += [
            problem_at(document, (*place, *_written(details["loc"])), sentence(details, model))
            for details in error.errors(include_url=False)
            # A list counts as too short, too, if its items are refused.
            if details["type"] != "too_short" or not details["input"]
        ]
        return None, problems
    return (None if problems else value), problems


def _written(loc: tuple[str | int, ...]) -> Place:
    """Return the place in the file of a Pydantic location, without the kind of a rung and the name of an entry."""
    if loc == ("name",):
        return ()
    return loc[:2] + loc[3:] if loc and loc[0] in {"rungs", "otherwise"} else loc


def _not_keys(what: str) -> Sentence:
    return Sentence("wrong_type", f"{what} must hold keys with values.", "Write 'key: value' lines there, indented.")
