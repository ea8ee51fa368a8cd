"""How rows of public sets are read as goals and turns."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from service.domain.understanding import NO_GOAL_YET, Speaker
from tests.benchmarks import goals

CHAT = [
    {"conversation": "a", "turn": 1, "text": "hi", "intents": ["openinggreeting"]},
    {"conversation": "a", "turn": 2, "text": "book a flight", "intents": ["bookflight"]},
    {"conversation": "a", "turn": 4, "text": "ok and my seat", "intents": ["confirmation", "getseatinfo"]},
    {"conversation": "a", "turn": 6, "text": "are you there", "intents": ["outofdomain"]},
]


def test_missing_sets_are_skipped_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sets do not come with Errand."""
    monkeypatch.setattr(sys, "argv", ["goals", "--data", str(tmp_path)])

    goals.main()

    said = capsys.readouterr().out
    assert all(f"{name} skipped" in said for name in (*goals.CHATS, goals.BANKING, goals.CALLS))


def test_acts_are_no_goals() -> None:
    """A goal goes before an act of the same turn; what is outside the domain has no label."""
    assert [goals.chat_label(row) for row in CHAT] == [NO_GOAL_YET, "bookflight", "getseatinfo", None]


def test_the_goal_after_a_turn_is_the_last_that_was_opened() -> None:
    """If it is one that could be learnt."""
    known = frozenset({"bookflight"})

    assert [goals.opened(CHAT[:count], known) for count in range(1, 5)] == [
        None,
        "bookflight",
        "bookflight",
        "bookflight",
    ]


def test_gaps_in_the_numbers_are_turns_of_the_agent() -> None:
    """Whose words the set leaves out."""
    speakers = [turn.speaker for turn in goals.with_agent(CHAT)]

    customer, agent = Speaker.CUSTOMER, Speaker.AGENT
    assert speakers == [customer, customer, agent, customer, agent, customer]


def test_a_text_is_trained_on_once_with_its_commonest_label() -> None:
    """Of labels that have a few texts."""
    rows = [{"text": f"book {number}", "intents": ["bookflight"]} for number in range(goals.FEWEST_ROWS)]
    rows += [{"text": "book 1", "intents": ["bookflight"]}, {"text": "book 1", "intents": ["getseatinfo"]}]

    assert sorted(goals.chat_rows(rows, most=100)) == sorted(
        (row["text"], "bookflight") for row in rows[: goals.FEWEST_ROWS]
    )


@pytest.mark.parametrize(
    ("intents", "label"),
    [
        (["card", "change"], "card+change"),
        (["thank", "change", "card"], "card+change"),
        (["affirm", "thank"], NO_GOAL_YET),
        (["pin"], None),
        ([], None),
    ],
)
def test_a_combination_of_tags_is_a_goal(intents: list[str], label: str | None) -> None:
    """Whatever acts come with it, and only where it is known."""
    assert goals.banking_label({"intents": intents}, frozenset({"card+change"})) == label


def test_pairs_have_two_goals() -> None:
    """Joined as people join errands."""
    pairs = goals.joined([("Change my card.", "a"), ("Where is it?", "b")], 3)

    assert [found for _, found in pairs] == [{"a", "b"}] * 3
    assert pairs[0][0] in {"Change my card and also where is it?", "Where is it and also change my card."}
