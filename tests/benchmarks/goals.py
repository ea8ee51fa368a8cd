"""How right goals are in conversations, in texts of two errands and in first words: `python -m tests.benchmarks.goals`.

The public sets are read from a folder that does not come with Errand; each trains a bundle of its own.

- `multidogo_NAME.train.jsonl`, `.test.jsonl`: typed chats. Dialogue acts (greetings, thanks, confirmations, content)
  name no goal and `outofdomain` is out of scope. After every customer turn of a test conversation, the first goal is
  held against the last goal that the labels opened. The agent's words are not in the set: where a turn number is
  missing, an agent's turn is assumed.
- `nlupp_banking.jsonl`: rows carry several factorised tags ("change", "card", "pin") and not several goals. A
  combination of tags that eight rows of folds 0 to 14 share counts as one goal. Of folds 15 to 19, single rows show
  how often a second goal is invented; pairs of them, joined as people join errands, how often both are found.
- `insurance_calls.jsonl`: first words of callers, one to seventy of them, in five folds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from service.catalogue.schema import Boundaries, Catalogue, Intent, Policy
from service.domain.understanding import NO_GOAL_YET, Prediction, Speaker
from service.learn.dataset import dataset_of
from service.learn.encoders.prepared import EncoderKit, open_kit
from service.learn.encoders.source import default_source
from service.learn.train import train
from service.pipeline.incoming import RawTurn
from service.pipeline.reader import ContactReader
from service.redact.chain import Redactor
from service.understand.bundle import load_bundle
from service.understand.cascade import Cascade, ServedCascade
from service.understand.executor import BoundedExecutor, usable_cores

Row = tuple[str, str | None]
Json = dict[str, Any]
Readers = Callable[[Sequence[Row]], AbstractContextManager[ContactReader]]

CHATS = ("multidogo_airline", "multidogo_media")
ACTS = frozenset({"openinggreeting", "closinggreeting", "thankyou", "confirmation", "rejection", "contentonly"})
OUT_OF_SCOPE = "outofdomain"
CALLS = "insurance_calls"
BANKING = "nlupp_banking"
BANKING_ACTS = frozenset({"affirm", "deny", "thank", "greet", "acknowledge", "end_call", "dont_know", "repeat"})
FEWEST_ROWS = 8
"""Rows that a label needs to be a goal of its own."""
FIRST_TEST_FOLD = 15
PAIRS = 300
JOINTS = (" and also ", ". Also, ", ". And another thing, ", " and ", ". ", "\n\n", " um so and then also ")
FOLDS = 5


class Remembering:
    """A cascade that reads no text twice: conversations are read anew after each of their turns."""

    def __init__(self, cascade: Cascade, executor: BoundedExecutor) -> None:
        self._served = ServedCascade(cascade, executor)
        self._known: dict[str, Prediction] = {}
        self.version, self.labels, self.thresholds = cascade.version, cascade.labels, cascade.thresholds

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        """See `Classifier.predict`."""
        if utterance not in self._known:
            self._known[utterance] = await self._served.predict(utterance, top_k=top_k, seconds_left=seconds_left)
        return self._known[utterance]


def main() -> None:
    options = _options()
    console = Console()
    measures = {
        **{name: (f"{name}.train.jsonl", f"{name}.test.jsonl") for name in CHATS},
        BANKING: (f"{BANKING}.jsonl",),
        CALLS: (f"{CALLS}.jsonl",),
    }
    kit: EncoderKit | None = None
    results = {}
    for name, files in measures.items():
        paths = [options.data / file for file in files]
        missing = [path.name for path in paths if not path.is_file()]
        if missing:
            console.print(f"{name} skipped: {', '.join(missing)} not found; give the folder with --data")
            continue
        kit = kit or open_kit(default_source(), options.cache, _quiet)
        rows = [_read(path) for path in paths]
        results[name] = _measure(name, rows, partial(_reader, kit=kit, budget=options.budget), options.rows)
        console.print(_table(name, results[name]))
    if options.json and results:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def _measure(name: str, rows: list[list[Json]], readers: Readers, most: int) -> Json:
    if name == CALLS:
        return _calls(rows[0], readers)
    if name == BANKING:
        return _banking(rows[0], readers)
    with readers(chat_rows(rows[0], most)) as reader:
        return asyncio.run(_chats(reader, rows[1]))


# conversations


def chat_label(row: Json) -> str | None:
    """The goal that a turn opens, `NO_GOAL_YET`, or `None` for out of scope; a goal goes before an act."""
    goals = [intent for intent in row["intents"] if intent not in ACTS and intent != OUT_OF_SCOPE]
    if goals:
        return str(goals[-1])
    return None if OUT_OF_SCOPE in row["intents"] else NO_GOAL_YET


def chat_rows(rows: Iterable[Json], most: int) -> list[Row]:
    """Training rows: each text once with its commonest label, labels of a few texts at least, `most` rows at most."""
    labels: dict[str, Counter[str | None]] = defaultdict(Counter)
    for row in rows:
        labels[row["text"].strip()][chat_label(row)] += 1
    distinct = [(text, counts.most_common(1)[0][0]) for text, counts in labels.items() if text]
    frequent = Counter(label for _, label in distinct)
    kept = [(text, label) for text, label in distinct if frequent[label] >= FEWEST_ROWS]
    return random.Random(0).sample(kept, min(most, len(kept)))  # noqa: S311  (a sample, not a secret)


def conversations(rows: Iterable[Json]) -> list[list[Json]]:
    """Customer turns of each conversation, in order."""
    grouped: dict[str, list[Json]] = defaultdict(list)
    for row in rows:
        if row["text"].strip():
            grouped[row["conversation"]].append(row)
    return [sorted(turns, key=lambda row: row["turn"]) for turns in grouped.values()]


def with_agent(turns: Sequence[Json]) -> list[RawTurn]:
    """The turns, with an agent's turn in each gap of their numbers."""
    spoken = [RawTurn(speaker=Speaker.CUSTOMER, raw_text=turns[0]["text"])]
    for earlier, turn in pairwise(turns):
        if turn["turn"] > earlier["turn"] + 1:
            spoken.append(RawTurn(speaker=Speaker.AGENT, raw_text=""))
        spoken.append(RawTurn(speaker=Speaker.CUSTOMER, raw_text=turn["text"]))
    return spoken


def opened(turns: Iterable[Json], known: frozenset[str]) -> str | None:
    """The last goal that the labels opened, if it is one that was trained."""
    goals = [label for label in map(chat_label, turns) if label is not None and label in known]
    return goals[-1] if goals else None


async def _chats(reader: ContactReader, rows: Iterable[Json]) -> Json:
    known = frozenset(reader.catalogue.intents)
    counts: Counter[str] = Counter()
    for turns in conversations(rows):
        for count in range(1, len(turns) + 1):
            goal = opened(turns[:count], known)
            whole, leaning = await _first_goal(reader, with_agent(turns[:count]))
            newest, _ = await _first_goal(reader, with_agent(turns[count - 1 : count]))
            kind = "before" if goal is None else "after"
            counts[kind] += 1
            counts[f"{kind} right"] += whole == goal
            counts[f"{kind} none"] += whole is None
            counts[f"{kind} leaning right"] += leaning == goal
            counts["after, newest turn alone right"] += goal is not None and newest == goal
            if chat_label(turns[count - 1]) in known:
                counts["opening"] += 1
                counts["opening right"] += whole == goal
    return {
        "turns after a goal was opened": counts["after"],
        "goal right": counts["after right"] / counts["after"],
        "no goal": counts["after none"] / counts["after"],
        "other goal": 1 - (counts["after right"] + counts["after none"]) / counts["after"],
        "right, the unsure ones included": counts["after leaning right"] / counts["after"],
        "right with the newest turn alone": counts["after, newest turn alone right"] / counts["after"],
        "turns that open a goal": counts["opening"],
        "right on those": counts["opening right"] / counts["opening"],
        "turns before any goal": counts["before"],
        "rightly no goal": counts["before right"] / counts["before"],
    }


# two errands in one text


def banking_label(row: Json, known: frozenset[str] | None = None) -> str | None:
    """The goal that a combination of tags stands for; `NO_GOAL_YET` for acts alone; `None` where it is no goal."""
    tags = set(row["intents"])
    if tags and tags <= BANKING_ACTS:
        return NO_GOAL_YET
    goal = "+".join(sorted(tags - BANKING_ACTS))
    return goal if goal and (known is None or goal in known) else None


def joined(rows: Sequence[tuple[str, str]], pairs: int) -> list[tuple[str, set[str]]]:
    """Texts of two goals each, joined in turn by each of `JOINTS`."""
    chance = random.Random(0)  # noqa: S311  (a sample, not a secret)
    found: list[tuple[str, set[str]]] = []
    while len(found) < pairs:
        (first, goal), (second, other) = chance.sample(list(rows), 2)
        if goal != other:
            joint = JOINTS[len(found) % len(JOINTS)]
            found.append((first.rstrip(" .?!") + joint + second[:1].lower() + second[1:], {goal, other}))
    return found


def _banking(rows: Sequence[Json], readers: Readers) -> Json:
    training = [row for row in rows if row["fold"] < FIRST_TEST_FOLD]
    frequent = Counter(banking_label(row) for row in training)
    known = frozenset(label for label, count in frequent.items() if label is not None and count >= FEWEST_ROWS)
    labelled = [(row["text"], label) for row in training if (label := banking_label(row, known | {NO_GOAL_YET}))]
    test = [
        (row["text"], label) for row in rows if row["fold"] >= FIRST_TEST_FOLD and (label := banking_label(row, known))
    ]
    singles = [(text, label) for text, label in test if label != NO_GOAL_YET]
    with readers(labelled) as reader:
        return asyncio.run(_two_errands(reader, singles, joined(singles, PAIRS)))


async def _two_errands(
    reader: ContactReader, singles: Sequence[tuple[str, str]], pairs: Sequence[tuple[str, set[str]]]
) -> Json:
    alone = [(await _goals(reader, text), goal) for text, goal in singles]
    both = [(await _goals(reader, text), goals) for text, goals in pairs]
    given = [goal in goals for found, goals in both for goal in found]
    return {
        "goals trained": len(reader.catalogue.intents),
        "single rows": len(singles),
        "routed": _share(bool(found) for found, _ in alone),
        "right among routed": _share(found[0] == goal for found, goal in alone if found),
        "second goal invented": _share(len(found) > 1 for found, _ in alone),
        "pairs": len(pairs),
        "both found, nothing else": _share(set(found) == goals for found, goals in both),
        "one found": _share(len(found) == 1 for found, _ in both),
        "none found": _share(not found for found, _ in both),
        "right among goals given": _share(given),
    }


# first words


def _calls(rows: Sequence[Json], readers: Readers) -> Json:
    order = random.Random(0).sample(list(rows), len(rows))  # noqa: S311  (an order, not a secret)
    outcomes = []
    for fold in range(FOLDS):
        training = [(row["text"], row["intent"]) for place, row in enumerate(order) if place % FOLDS != fold]
        with readers(training) as reader:
            outcomes += asyncio.run(_held_out(reader, order[fold::FOLDS]))
    return {
        "rows": len(rows),
        "first candidate right": _share(right for right, _, _ in outcomes),
        "routed": _share(bool(found) for _, found, _ in outcomes),
        "right among routed": _share(found[0] == intent for _, found, intent in outcomes if found),
        "several goals": _share(len(found) > 1 for _, found, _ in outcomes),
    }


async def _held_out(reader: ContactReader, rows: Sequence[Json]) -> list[tuple[bool, list[str], str]]:
    found = []
    for row in rows:
        read = await reader.read([RawTurn(speaker=Speaker.CUSTOMER, raw_text=row["text"])])
        goals = [goal.intent for goal in read.verdict.goals]
        found.append((read.prediction.candidates[0].intent == row["intent"], goals, row["intent"]))
    return found


# what they share


@contextmanager
def _reader(rows: Sequence[Row], *, kit: EncoderKit, budget: float) -> Iterator[ContactReader]:
    """A reader with a bundle of these rows."""
    redactor = Redactor()
    executor = BoundedExecutor(threads=usable_cores(), capacity=64)
    with tempfile.TemporaryDirectory() as folder:
        trained = train(
            dataset_of(rows, redactor),
            kit,
            out=Path(folder) / "bundle",
            misroute_budget=budget,
            seed=0,
            provenance={},
            progress=_quiet,
        )
        classifier = Remembering(load_bundle(trained.folder), executor)
        try:
            yield ContactReader(redactor=redactor, classifier=classifier, catalogue=_catalogue(classifier.labels))
        finally:
            executor.close()


def _catalogue(labels: Iterable[str]) -> Catalogue:
    """Intents with nothing but their names, which no check of a real catalogue would pass."""
    intents = {
        label: Intent.model_construct(name=label, title=label, urgent=False) for label in labels if label != NO_GOAL_YET
    }
    return Catalogue.model_construct(
        intents=intents, paths={}, entry_points={}, boundaries=Boundaries(), policy=Policy(), version="benchmark"
    )


async def _goals(reader: ContactReader, text: str) -> list[str]:
    read = await reader.read([RawTurn(speaker=Speaker.CUSTOMER, raw_text=text)])
    return [goal.intent for goal in read.verdict.goals]


async def _first_goal(reader: ContactReader, turns: Sequence[RawTurn]) -> tuple[str | None, str | None]:
    """The first goal, and what it would be if nothing had to be sure."""
    verdict = (await reader.read(turns)).verdict
    goal = verdict.goals[0].intent if verdict.goals else None
    return goal, goal or next(iter(verdict.options), None)


def _share(flags: Iterable[bool]) -> float | None:
    counted = list(flags)
    return sum(counted) / len(counted) if counted else None


def _table(name: str, figures: Json) -> Table:
    table = Table(name, "")
    for figure, value in figures.items():
        table.add_row(figure, f"{value:.1%}" if isinstance(value, float) else str(value))
    return table


def _read(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the sets")
    parser.add_argument("--rows", type=int, default=4_000, help="most rows of chats to train on")
    parser.add_argument("--budget", type=float, default=0.03, help="misroute budget of the bundles")
    parser.add_argument("--cache", type=Path, default=Path("var/cache"), help="where the prepared encoder is kept")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    return parser.parse_args()


def _quiet(step: str, share: float) -> None:
    """Tell nobody."""


if __name__ == "__main__":
    sys.exit(main())
