"""`python -m tests.fuzz` runs everything: parsers by the million, repeated texts, and the API by its own document.

It ends with 1 at the first input that breaks what has to hold, and says how to see it again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
import traceback
from pathlib import Path
from random import Random

from tests.fuzz.api import ask
from tests.fuzz.mutation import inputs
from tests.fuzz.repetition import slowest
from tests.fuzz.target import TARGETS, Target
from tests.support.bundles import build_starter_bundle

PARTS = ("targets", "repetition", "api")


def feed(target: Target, executions: int, seed: int) -> bool:
    """Whether it held for all of them."""
    started = time.monotonic()
    for number, content in enumerate(inputs(target.corpus, Random(seed), executions)):
        try:
            target.run(content)
        except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
            traceback.print_exc()
            print(f"BROKEN: {target.name}, execution {number} of seed {seed}:\n{content!r}")
            return False
    seconds = time.monotonic() - started
    print(f"{target.name:<32}{executions:>10,} executions{executions / seconds:>10,.0f} a second", flush=True)
    return True


def feed_all(executions: int, seed: int) -> bool:
    counts = [max(len(target.corpus), round(executions * target.share)) for target in TARGETS]
    held = [feed(target, count, seed) for target, count in zip(TARGETS, counts, strict=True)]
    print(f"{'in all':<32}{sum(counts):>10,} executions\n", flush=True)
    return all(held)


def repeat(seed: int) -> bool:
    tried, found = slowest(Random(seed))
    print(f"{tried:,} repeated texts of 16,000 characters; processor time of the slowest in the redactor:")
    print(*(f"{seconds * 1000:8.1f} ms  {text!r}" for seconds, text in found), sep="\n", end="\n\n", flush=True)
    return True


def ask_api(cases: int, seed: int) -> bool:
    beside = Path(sys.executable).parent
    schemathesis = shutil.which("schemathesis", path=os.pathsep.join((str(beside), os.environ.get("PATH", ""))))
    if schemathesis is None:
        print("SKIPPED: the API, as schemathesis is not installed; make fuzz installs it.")
        return True
    cache = Path(os.environ.get("ERRAND_TEST_CACHE", "var/cache")).resolve()
    cache.mkdir(parents=True, exist_ok=True)
    return ask(Path(schemathesis), build_starter_bundle(cache), cases=cases, seed=seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--executions", type=int, default=1_000_000, help="of all parsers together")
    parser.add_argument("--cases", type=int, default=10_000, help="about so many requests, as Schemathesis makes them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PARTS, action="append", help="may be repeated")
    asked = parser.parse_args()
    parts = asked.only or PARTS
    held = [
        feed_all(asked.executions, asked.seed) if "targets" in parts else True,
        repeat(asked.seed) if "repetition" in parts else True,
        ask_api(asked.cases, asked.seed) if "api" in parts else True,
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
