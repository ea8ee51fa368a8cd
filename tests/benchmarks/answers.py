"""Record the answers of a running service to the starter's held-out rows, or compare them with a recording.

A change that only moves code leaves every answer as it was. `python -m tests.benchmarks.answers URL --out FILE`
records, `--compare FILE` prints each row whose answer differs and exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import httpx

DATA = Path(__file__).parents[1] / "data"
FILES = ("starter_held_out.jsonl", "goals.jsonl")
DEADLINE_MS = 20_000
OWN_TO_A_RUN = ("decision_id", "contact_id", "contact_token", "outcome_token", "bundle")
"""Differ from run to run, or name the build."""


def main() -> int:
    arguments = parsed()
    answers = recorded(arguments.url)
    if arguments.out is not None:
        arguments.out.write_text("".join(json.dumps(answer, sort_keys=True) + "\n" for answer in answers))
        print(f"{len(answers)} answers are in {arguments.out}")
        return 0
    before = [json.loads(line) for line in arguments.compare.read_text().splitlines()]
    differing = [(old, new) for old, new in zip(before, answers, strict=True) if old != new]
    for old, new in differing:
        print(f"row {old['row']} {old['endpoint']}\n  before {brief(old)}\n  after  {brief(new)}")
    print(f"{len(differing)} of {len(answers)} answers differ")
    return 1 if differing else 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a service without keys, such as http://127.0.0.1:8000")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--out", type=Path, help="write the answers to this file")
    group.add_argument("--compare", type=Path, help="compare the answers with those of this file")
    return parser.parse_args()


def recorded(url: str) -> list[dict[str, Any]]:
    """An answer of each endpoint to each row, without what differs between two runs."""
    answers = []
    with httpx.Client(base_url=url, timeout=60) as client:
        for row, body in enumerate(bodies()):
            for endpoint in ("/intent", "/route"):
                response = client.post(endpoint, json={**body, "deadline_ms": DEADLINE_MS})
                answer = {name: value for name, value in response.json().items() if name not in OWN_TO_A_RUN}
                answers.append({"row": row, "endpoint": endpoint, "status": response.status_code, "answer": answer})
    return answers


def bodies() -> list[dict[str, Any]]:
    rows = [json.loads(line) for name in FILES for line in (DATA / name).read_text().splitlines()]
    return [{"turns": row["turns"]} if "turns" in row else {"text": row["text"]} for row in rows]


def brief(answer: dict[str, Any]) -> str:
    found = answer["answer"]
    goals = [(goal["intent"], goal["confidence"]) for goal in found.get("goals", [])]
    return f"{answer['status']} {found.get('status')} {goals} {found.get('path', '')} {found.get('degraded', '')}"


if __name__ == "__main__":
    sys.exit(main())
