"""Places that are searched, what was found where, and the one list of what may be found there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.privacy.marker import Kind, found_in


class Place(StrEnum):
    DATABASE = "database"
    """SQLite's file, or all rows of all tables of PostgreSQL's as text."""
    JOURNAL = "-wal, -shm"
    SERVER_FILES = "PG files"
    """PostgreSQL's data folder, with its write-ahead log."""
    SPOOL = "spool"
    HOME = "home"
    """Every other file of the home folder."""
    LOGS = "logs"
    METRICS = "metrics"
    REFUSALS = "refusals"
    """Headers and bodies of answers from 400 on."""
    ANSWERS = "answers"


class Moment(StrEnum):
    AT_WORK = "at work"
    """Files are open, calls are under way; after a kill -9 as well, and while the database is away."""
    AFTERWARDS = "afterwards"
    """Every call has ended, and so has the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What may be found where, and why."""

    kinds: frozenset[Kind]
    places: frozenset[Place]
    moments: frozenset[Moment] = frozenset(Moment)
    reason: str


_SENT_TO_RUNGS = frozenset({Kind.DETAIL, Kind.ECHOED, Kind.ECHOED_ERROR})
_DATABASE = frozenset({Place.DATABASE, Place.JOURNAL, Place.SERVER_FILES, Place.SPOOL})
ALLOWED = (
    Allowance(
        kinds=_SENT_TO_RUNGS,
        places=_DATABASE,
        moments=frozenset({Moment.AT_WORK}),
        reason="what a rung needs is held until its call has been made",
    ),
    Allowance(
        kinds=_SENT_TO_RUNGS,
        places=frozenset({Place.SERVER_FILES}),
        reason="PostgreSQL overwrites rows that are gone when it comes to it; no query shows them",
    ),
    Allowance(
        kinds=frozenset({Kind.ECHOED}),
        places=_DATABASE | {Place.ANSWERS},
        reason="what a fulfilment system chooses to say or to hand on is kept with the decision",
    ),
    Allowance(
        kinds=frozenset({Kind.CONTACT_ID}),
        places=frozenset({Place.ANSWERS}),
        reason="a caller is told its own name for the contact",
    ),
    Allowance(
        kinds=frozenset({Kind.REQUEST_ID}),
        places=frozenset({Place.LOGS, Place.REFUSALS, Place.ANSWERS}),
        reason="a caller's name for the request is there to be found in the log by",
    ),
    Allowance(
        kinds=frozenset({Kind.TRACE}),
        places=frozenset({Place.LOGS}),
        reason="a trace is there to be followed",
    ),
    Allowance(
        kinds=frozenset({Kind.FIELD_NAME}),
        places=frozenset({Place.REFUSALS}),
        reason="who sends a field that there is not is told its name, if it is a plain one of at most 40 characters",
    ),
    Allowance(
        kinds=frozenset({Kind.SECRET}),
        places=frozenset({Place.ANSWERS}),
        reason="tokens are given to who routed the contact",
    ),
)


KEPT = Allowance(
    kinds=frozenset({Kind.TEXT}),
    places=_DATABASE | {Place.ANSWERS},
    reason="where the catalogue lets texts be kept, words of them are, and are shown with decisions and contacts",
)
"""Allowed as well where it does; e-mail addresses are not, nor what agents said."""
SHOW_TEXTS = ("GET /decisions", "GET /contacts")


def is_kept(kind: Kind, place: Place, where: str) -> bool:
    return kind in KEPT.kinds and place in KEPT.places and (place is not Place.ANSWERS or where.startswith(SHOW_TEXTS))


def is_allowed(kind: Kind, place: Place, moment: Moment) -> bool:
    return any(kind in rule.kinds and place in rule.places and moment in rule.moments for rule in ALLOWED)


@dataclass(slots=True)
class Findings:
    """Counts of markers by kind and place."""

    keeps_texts: bool = False

    allowed: Counter[tuple[Kind, Place]] = field(default_factory=Counter)
    leaked: Counter[tuple[Kind, Place]] = field(default_factory=Counter)
    searched: Counter[Place] = field(default_factory=Counter)
    """Bytes."""
    leaks: dict[tuple[Kind, Place], str] = field(default_factory=dict)
    """Where the first of each was, for whoever has to find out why."""
    secrets: list[bytes] = field(default_factory=list)
    """Exact strings that are looked for besides."""

    def search(self, content: bytes, place: Place, moment: Moment, where: str) -> None:
        self.searched[place] += len(content)
        kinds = list(found_in(content)) + [Kind.SECRET for secret in self.secrets if secret in content]
        for kind in kinds:
            if is_allowed(kind, place, moment) or (self.keeps_texts and is_kept(kind, place, where)):
                self.allowed[kind, place] += 1
            else:
                self.leaked[kind, place] += 1
                self.leaks.setdefault((kind, place), f"{moment}: {where}")

    def search_folder(self, folder: Path, moment: Moment) -> None:
        """Every file of a home folder."""
        for path, content in contents(folder):
            self.search(content, place_of(path.relative_to(folder)), moment, str(path))

    def search_server_files(self, folder: Path, moment: Moment) -> None:
        for path, content in contents(folder):
            self.search(content, Place.SERVER_FILES, moment, str(path))

    def table(self) -> str:
        """Kind of marker by place: how many were found, in brackets where they may be there."""
        places = [place for place in Place if place in self.searched]
        head = f"{'':<38}" + "".join(f"{place:>13}" for place in places)
        lines = [head, *(f"{kind:<38}" + "".join(self._cell(kind, place) for place in places) for kind in Kind)]
        lines.append(f"{'MB searched':<38}" + "".join(f"{self.searched[place] / 1e6:>13.1f}" for place in places))
        return "\n".join(lines)

    def _cell(self, kind: Kind, place: Place) -> str:
        leaked, allowed = self.leaked[kind, place], self.allowed[kind, place]
        said = [str(leaked)] if leaked else []
        said += [f"({allowed})"] if allowed else []
        return f"{' '.join(said) or '0':>13}"


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Files with their bytes; one that goes away while it is looked for has nothing in it any more."""
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_file():
                yield path, path.read_bytes()
        except FileNotFoundError:
            continue


def place_of(path: Path) -> Place:
    """Of a file in a home folder."""
    if path.parts[0] == "spool":
        return Place.SPOOL
    if path.name == "stderr":
        return Place.LOGS
    if path.name.startswith("errand.db"):
        return Place.DATABASE if path.name == "errand.db" else Place.JOURNAL
    return Place.HOME


def reasons(*, keeps_texts: bool) -> Iterable[str]:
    """The list of what may be found where."""
    for rule in (*ALLOWED, KEPT) if keeps_texts else ALLOWED:
        kinds = ", ".join(sorted(rule.kinds))
        places = ", ".join(sorted(rule.places))
        when = "" if len(rule.moments) == len(Moment) else f" ({', '.join(rule.moments)} only)"
        yield f"{kinds} in {places}{when}: {rule.reason}"
