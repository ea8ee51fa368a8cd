"""Load a folder of YAML files as a catalogue, or list every mistake in the files."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import BaseModel

from service.catalogue.advice import advise
from service.catalogue.customer_text import Saying, sayings
from service.catalogue.entry_rules import check
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry, gather
from service.catalogue.path_rules import dead_ends, path_filled_in, prove_ladders, unset_variables
from service.catalogue.proof import Proof
from service.catalogue.schema import Boundaries, Catalogue, Policy, find_offer_goals
from service.catalogue.whole_ladder import completed, with_reasons
from service.catalogue.yaml_document import MAX_BYTES, Document, read_document
from service.errors import CatalogueError, Problem

M = TypeVar("M", bound=BaseModel)

_NO_VARIABLES: Final[Mapping[str, str]] = MappingProxyType({})
_SUFFIXES: Final = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueReport:
    problems: tuple[Problem, ...]
    """Errors and warnings, by file and line."""
    catalogue: Catalogue | None
    """The catalogue, or `None` if any problem is an error."""
    written: Catalogue | None = None
    """The same catalogue with its variables as written, before they are filled in."""
    proof: Proof | None = None
    """Proof that the readable paths have no dead end, or `None` if the folder is unreadable or empty."""
    sayings: tuple[Saying, ...] = ()
    """Readable texts of the catalogue that customers see."""
    offer_goals: frozenset[str] = frozenset()
    """Intents of customers that ask for offers, as in `Catalogue.offer_goals`."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    def usable(self) -> Catalogue:
        """Return the catalogue. Raises `CatalogueError` with every error."""
        if self.catalogue is None:
            raise CatalogueError(self.errors)
        return self.catalogue

    def with_errors(self, errors: Iterable[Problem]) -> CatalogueReport:
        """Return this report with added errors that show only outside of the catalogue."""
        found = tuple(errors)
        problems = sorted((*self.problems, *found), key=_position)
        kept = (None, None) if found else (self.catalogue, self.written)
        return replace(self, problems=tuple(problems), catalogue=kept[0], written=kept[1])


def starter_folder() -> pathlib.Path:
    """Return the folder of the catalogue that comes with Errand: a shop, a hotel and a subscription in one."""
    return pathlib.Path(__file__).with_name("starter")


def load_catalogue(folder: pathlib.Path, *, environment: Mapping[str, str] = _NO_VARIABLES) -> Catalogue:
    """Load a catalogue. Raises `CatalogueError` with every error. Only `check_catalogue` reports warnings."""
    return check_catalogue(folder, environment=environment).usable()


def check_catalogue(
    folder: pathlib.Path, *, environment: Mapping[str, str] = _NO_VARIABLES, first: date | None = None
) -> CatalogueReport:
    """Report every mistake in the `.yaml` and `.yml` files directly in the folder. A mistake in a file never raises.

    `environment` fills `${VARIABLES}` in addresses. An author of a catalogue can read every variable in `environment`,
    so pass only variables that are meant for catalogues.

    `first` is the first day of the search for dead ends, today if `None`.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    except OSError as error:
        return _absent(folder, "no_folder", f"The folder cannot be read: {error.strerror}.")
    if not paths:
        return _absent(folder, "empty_folder", "The folder holds no .yaml or .yml file.")
    return _report([_read(path) for path in paths], environment, first)


def check_files(
    files: Mapping[str, bytes], *, environment: Mapping[str, str] = _NO_VARIABLES, first: date | None = None
) -> CatalogueReport:
    """Do the same as `check_catalogue` for files by name, from any source."""
    return _report([read_document(name, files[name]) for name in sorted(files)], environment, first)


def _read(path: pathlib.Path) -> Document:
    try:
        with path.open("rb") as stream:
            return read_document(path.name, stream.read(MAX_BYTES + 1))
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        problem = _outside(path.name, "unreadable_file", message, "Let the service read it, or remove it.")
        return Document(file=path.name, content=None, lines={(): 1}, problems=(problem,), readable=False)


def _report(documents: list[Document], environment: Mapping[str, str], first: date | None) -> CatalogueReport:
    draft, problems = gather(documents)
    problems += check(draft)
    first = first or datetime.now(UTC).date()
    proof = prove_ladders(draft, first)
    problems += dead_ends(draft, proof)
    problems += unset_variables(draft, environment)
    if draft.whole and not draft.intents:
        mend = "Define at least the intent speak_to_human, or start from the starter catalogue."
        file = documents[0].file if documents else ""
        problems.append(_outside(file, "no_intents", "There are no intents.", mend))
    refused = any(problem.severity == "error" for problem in problems)
    written = None if refused else _written(draft)
    if written is not None:
        problems += advise(draft, written, proof, first)
    problems.sort(key=_position)
    catalogue = None if written is None else _filled_in(written, environment)
    said = tuple(sayings(draft))
    return CatalogueReport(
        problems=tuple(problems),
        catalogue=catalogue,
        written=written,
        proof=proof,
        sayings=said,
        offer_goals=_offer_goals(draft),
    )


def _offer_goals(draft: Draft) -> frozenset[str]:
    """Return the intents that ask for offers. An intent with a mistake is left out, so that its words are judged."""
    return find_offer_goals(_values(draft.intents.values()))


def _position(problem: Problem) -> tuple[str, int]:
    return problem.file, problem.line


def _written(draft: Draft) -> Catalogue:
    policy = _values(draft.policy.values()).get(ALONE, Policy())
    details = _values(draft.details.values())
    otherwise = tuple([with_reasons(rung, details) for rung in policy.otherwise])
    catalogue = Catalogue(
        intents=_values(draft.intents.values()),
        paths={name: completed(path, policy, details) for name, path in _values(draft.paths.values()).items()},
        details=details,
        entry_points=_values(draft.entry_points.values()),
        boundaries=_values(draft.boundaries.values()).get(ALONE, Boundaries()),
        policy=policy.model_copy(update={"otherwise": otherwise}),
    )
    return catalogue.with_version()


def _filled_in(written: Catalogue, environment: Mapping[str, str]) -> Catalogue:
    return written.with_paths({name: path_filled_in(path, environment) for name, path in written.paths.items()})


def _values(entries: Iterable[ParsedEntry[M]]) -> dict[str, M]:
    return {entry.name: entry.model for entry in sorted(entries, key=lambda entry: entry.name) if entry.model}


def _absent(folder: pathlib.Path, rule: str, message: str) -> CatalogueReport:
    mend = "Name a folder with a catalogue in it, or copy the starter catalogue there."
    return CatalogueReport(problems=(_outside(str(folder), rule, message, mend),), catalogue=None)


def _outside(file: str, rule: str, message: str, mend: str) -> Problem:
    return Problem(severity="error", rule=rule, file=file, line=0, where="", message=message, mend=mend)
