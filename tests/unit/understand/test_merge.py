"""Readings of clauses and turns made one verdict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.understanding import (
    NO_GOAL_YET,
    Abstention,
    Candidate,
    Evidence,
    Goal,
    Prediction,
    Stage,
    Stance,
    Status,
    Thresholds,
    Verdict,
)
from service.understand.intents import IntentTable
from service.understand.merge import CustomerTurn, Part, TextReader, concluded, looks_back, pressing, taken_back

BOOK, CANCEL, REFUND, FRAUD, HUMAN = "make_booking", "cancel_booking", "get_refund", "report_fraud", "speak_to_human"
NAMES = (BOOK, CANCEL, REFUND, FRAUD, HUMAN)
INTENTS = IntentTable(titles={name: name for name in NAMES}, urgent=frozenset({FRAUD}), person=HUMAN)
THRESHOLDS = Thresholds(accept=0.8, scope=0.5, urgent=0.3, person=0.3, ambiguous=0.2)
READER = TextReader(intents=INTENTS, thresholds=THRESHOLDS)


def part(
    *shares: tuple[str, float],
    at: int = 0,
    asks: bool = True,
    stance: Stance = Stance.WANTS,
    in_scope: float = 1.0,
    is_courtesy: bool = False,
    is_lone_word: bool = False,
) -> Part:
    """A text that was read, its likeliest label first, at a place of the caller's text."""
    return Part(
        prediction=Prediction(
            candidates=tuple(Candidate(intent=intent, confidence=confidence) for intent, confidence in shares),
            in_scope=in_scope,
            stage=Stage.ENCODER,
            lexical_seconds=0.0,
            encoder_seconds=0.0,
            stance=stance,
            is_lone_word=is_lone_word,
        ),
        evidence=(Evidence(turn=0, start=at, end=at + 10),),
        asks=asks,
        is_courtesy=is_courtesy,
    )


def tells(*shares: tuple[str, float], at: int = 0) -> Part:
    return part(*shares, at=at, asks=False)


def refuses(intent: str, at: int = 0, stance: Stance = Stance.NOT_WANTED) -> Part:
    return part((intent, 0.95), at=at, stance=stance)


SURE_BOOK = part((BOOK, 0.95), (REFUND, 0.03))
TEXTS = [
    pytest.param(SURE_BOOK, [], [BOOK], id="a text without clauses"),
    pytest.param(SURE_BOOK, [part((CANCEL, 0.5)), part((NO_GOAL_YET, 0.9))], [BOOK], id="no clause is accepted"),
    pytest.param(SURE_BOOK, [part((BOOK, 0.9)), part((REFUND, 0.85), at=20)], [BOOK, REFUND], id="a second request"),
    pytest.param(SURE_BOOK, [part((BOOK, 0.9), at=20), part((REFUND, 0.85))], [REFUND, BOOK], id="order of the text"),
    pytest.param(SURE_BOOK, [part((BOOK, 0.9)), tells((REFUND, 0.85))], [BOOK], id="a story is no request"),
    pytest.param(
        part((BOOK, 0.8), (REFUND, 0.2)),
        [part((BOOK, 0.9)), tells((REFUND, 0.85), at=9)],
        [BOOK, REFUND],
        id="unless the whole leans to it",
    ),
    pytest.param(SURE_BOOK, [part((REFUND, 0.95))], [BOOK], id="nothing bears the whole out: it knows more"),
    pytest.param(
        part((BOOK, 0.85)), [part((REFUND, 0.95)), part((CANCEL, 0.95), at=9)], [REFUND, CANCEL], id="two sure clauses"
    ),
    pytest.param(
        SURE_BOOK, [tells((BOOK, 0.9)), part((REFUND, 0.85), at=5)], [BOOK, REFUND], id="a story bears it out"
    ),
    pytest.param(
        part((BOOK, 0.5), (REFUND, 0.5)), [part((BOOK, 0.9)), part((REFUND, 0.9), at=5)], [BOOK, REFUND], id="a mixture"
    ),
    pytest.param(part((BOOK, 0.6)), [part((BOOK, 0.9)), part((NO_GOAL_YET, 0.9))], [BOOK], id="the whole leans to it"),
    pytest.param(part((BOOK, 0.6)), [part((REFUND, 0.9)), part((BOOK, 0.4))], [], id="the whole does not lean to it"),
    pytest.param(part((BOOK, 0.6)), [tells((REFUND, 0.95)), tells((BOOK, 0.3))], [], id="a story alone"),
    pytest.param(part((NO_GOAL_YET, 0.9)), [part((REFUND, 0.9))], [REFUND], id="small talk around a request"),
    pytest.param(part((BOOK, 0.1), in_scope=0.1), [part((REFUND, 0.9))], [], id="something else altogether"),
    pytest.param(part((BOOK, 0.6)), [], [], id="an unsure text without clauses"),
]


@pytest.mark.parametrize(("whole", "clauses", "expected"), TEXTS)
def test_the_goals_of_a_text(whole: Part, clauses: list[Part], expected: list[str]) -> None:
    """Precision goes before recall: a goal that nobody has sends a customer astray."""
    verdict = READER.verdict(whole, clauses)

    assert [found.intent for found in verdict.goals] == expected
    assert (verdict.status is Status.UNDERSTOOD) is bool(expected)
    assert (verdict.reason is None) is bool(expected)


def test_a_lone_request_is_enough_in_an_abridged_text() -> None:
    """The part that was read of the whole may have left out the reason."""
    whole, clauses = part((BOOK, 0.6)), [part((REFUND, 0.9))]

    assert [goal.intent for goal in READER.verdict(whole, clauses, is_abridged=True).goals] == [REFUND]


def test_all_clauses_of_an_intent_are_evidence_and_the_surest_speaks() -> None:
    """One goal said twice is one goal."""
    verdict = READER.verdict(part((BOOK, 0.6)), [part((BOOK, 0.91)), part((BOOK, 0.99), at=40)])

    (found,) = verdict.goals
    assert found.confidence == verdict.confidence == 0.99
    assert [evidence.start for evidence in found.evidence] == [0, 40]


def test_an_unclear_clause_is_asked_about_in_a_text_out_of_scope() -> None:
    """A story that fits nothing may hold a request that nearly fits."""
    strange = part((BOOK, 0.1), in_scope=0.1)

    verdict = READER.verdict(strange, [tells((BOOK, 0.1)), part((REFUND, 0.5), (CANCEL, 0.4))])

    assert (verdict.status, verdict.options) == (Status.AMBIGUOUS, (REFUND, CANCEL))


PRESSING = [
    pytest.param(part((FRAUD, 0.4), (BOOK, 0.3)), [], [FRAUD], id="below the threshold of other intents"),
    pytest.param(part((FRAUD, 0.2), (BOOK, 0.3)), [], [], id="below its own threshold"),
    pytest.param(part((FRAUD, 0.04), in_scope=0.1), [], [FRAUD], id="through the scope gate"),
    pytest.param(
        part((BOOK, 0.95), (FRAUD, 0.1)),
        [part((BOOK, 0.9)), part((FRAUD, 0.95), at=20)],
        [FRAUD, BOOK],
        id="beside an errand",
    ),
    pytest.param(
        part((BOOK, 0.95), (FRAUD, 0.1)),
        [part((BOOK, 0.9)), tells((FRAUD, 0.95), at=20)],
        [FRAUD, BOOK],
        id="told, not asked",
    ),
    pytest.param(
        part((BOOK, 0.6), (FRAUD, 0.1)),
        [part((BOOK, 0.9)), tells((FRAUD, 0.5), at=20)],
        [FRAUD, BOOK],
        id="beside an unsure one",
    ),
    pytest.param(
        part((BOOK, 0.95), (FRAUD, 0.1)),
        [part((BOOK, 0.9)), tells((FRAUD, 0.5), at=20)],
        [BOOK],
        id="unsure beside a clear one",
    ),
    pytest.param(
        part((BOOK, 0.7)),
        [part((BOOK, 0.9)), tells((FRAUD, 0.6), at=20)],
        [BOOK],
        id="a clause without any hint in the whole",
    ),
    pytest.param(refuses(FRAUD), [], [FRAUD], id="a danger in any words"),
    pytest.param(
        SURE_BOOK, [part((BOOK, 0.9)), part((HUMAN, 0.7), at=20)], [BOOK, HUMAN], id="a person beside an errand"
    ),
    pytest.param(SURE_BOOK, [part((BOOK, 0.9)), tells((HUMAN, 0.7), at=20)], [BOOK, HUMAN], id="a person in a story"),
    pytest.param(SURE_BOOK, [part((HUMAN, 0.7)), part((BOOK, 0.9), at=20)], [HUMAN, BOOK], id="a person first"),
    pytest.param(part((BOOK, 0.4), (HUMAN, 0.35)), [], [HUMAN], id="a person below the threshold of other intents"),
    pytest.param(part((NO_GOAL_YET, 0.6), (HUMAN, 0.35)), [], [HUMAN], id="a person in small talk"),
    pytest.param(part((HUMAN, 0.29), (BOOK, 0.2)), [], [], id="a person below the threshold"),
    pytest.param(SURE_BOOK, [part((BOOK, 0.9)), refuses(HUMAN, at=20)], [BOOK], id="no person, please"),
]


@pytest.mark.parametrize(("whole", "clauses", "expected"), PRESSING)
def test_urgent_goals_and_the_wish_for_a_person_are_heard_in_any_clause(
    whole: Part, clauses: list[Part], expected: list[str]
) -> None:
    """Each has a threshold of its own, and an urgent goal comes first."""
    assert [goal.intent for goal in READER.verdict(whole, clauses).goals] == expected


def test_the_clause_is_the_evidence_of_a_goal_that_presses() -> None:
    """The whole text says the same, and its words are all words."""
    whole = part((BOOK, 0.5), (HUMAN, 0.45), (FRAUD, 0.04))

    verdict = READER.verdict(whole, [part((BOOK, 0.9)), part((HUMAN, 0.9), at=20)])

    assert [(goal.intent, [each.start for each in goal.evidence]) for goal in verdict.goals] == [
        (BOOK, [0]),
        (HUMAN, [20]),
    ]


def test_shares_that_press_are_those_of_the_thresholds() -> None:
    """Training chooses thresholds by the same shares: without the scope gate for a danger, with it for a person."""
    whole = part((FRAUD, 0.1), (HUMAN, 0.05), (BOOK, 0.01), in_scope=0.2)

    assert [(candidate.intent, share) for _, candidate, share in pressing([whole], INTENTS)] == [
        (FRAUD, pytest.approx(0.5)),
        (HUMAN, 0.05),
    ]
    assert list(pressing([], INTENTS)) == []


REFUSED = [
    pytest.param(refuses(CANCEL), [], [], {CANCEL}, id="please do not cancel it"),
    pytest.param(refuses(CANCEL, stance=Stance.ALREADY_DONE), [], [], {CANCEL}, id="I have cancelled it"),
    pytest.param(refuses(CANCEL, stance=Stance.DONE_BY_COMPANY), [], [], {CANCEL}, id="you cancelled it"),
    pytest.param(refuses(CANCEL, stance=Stance.HYPOTHETICAL), [], [], {CANCEL}, id="if I cancelled it"),
    pytest.param(part((CANCEL, 0.95), stance=Stance.TELLS), [], [CANCEL], set(), id="a mention is no refusal"),
    pytest.param(
        part((CANCEL, 0.9)),
        [refuses(CANCEL), part((REFUND, 0.9), at=20)],
        [REFUND],
        {CANCEL},
        id="the whole was taken for it",
    ),
    pytest.param(
        part((REFUND, 0.9)),
        [refuses(CANCEL), part((REFUND, 0.9), at=20)],
        [REFUND],
        {CANCEL},
        id="one instead of the other",
    ),
    pytest.param(
        part((CANCEL, 0.9)), [refuses(CANCEL), part((CANCEL, 0.9), at=20)], [CANCEL], set(), id="wished for elsewhere"
    ),
    pytest.param(refuses(NO_GOAL_YET), [], [], set(), id="small talk is nothing to refuse"),
]


@pytest.mark.parametrize(("whole", "clauses", "expected", "refused"), REFUSED)
def test_refused_goals_are_left_out(whole: Part, clauses: list[Part], expected: list[str], refused: set[str]) -> None:
    """The verdict tells the refused intents, so that a question does not offer them."""
    verdict = READER.verdict(whole, clauses)

    assert [goal.intent for goal in verdict.goals] == expected
    assert verdict.refused == refused
    assert not refused & set(verdict.options)


@pytest.mark.parametrize("accept", [0.95, 0.5, 0.3])
def test_a_single_word_that_is_no_example_is_not_routed(accept: float) -> None:
    """The word may mean several things, so a question confirms its likeliest meaning, at any threshold."""
    reader = TextReader(intents=INTENTS, thresholds=Thresholds(accept=accept, scope=0.1, ambiguous=0.1))
    word = part((BOOK, 1.0), is_lone_word=True)

    verdict = reader.verdict(word, [])

    assert (verdict.status, verdict.options) == (Status.AMBIGUOUS, (BOOK,))
    assert reader.verdict(part((BOOK, 1.0)), []).goals


def test_a_refusal_beside_which_nothing_is_near_names_no_goal() -> None:
    """Two unlikely intents are no question worth asking."""
    verdict = READER.verdict(part((CANCEL, 0.93), (BOOK, 0.03), (REFUND, 0.02), stance=Stance.NOT_WANTED), [])

    assert (verdict.status, verdict.reason, verdict.options) == (Status.NO_GOAL_YET, Abstention.NO_GOAL_YET, ())
    assert verdict.refused == {CANCEL}


def test_a_refusal_beside_a_near_intent_asks_about_that() -> None:
    """`No voucher, a new one please.`"""
    verdict = READER.verdict(part((CANCEL, 0.6), (BOOK, 0.35), stance=Stance.NOT_WANTED), [])

    assert (verdict.status, verdict.options) == (Status.AMBIGUOUS, (BOOK,))


def test_a_courtesy_has_no_say() -> None:
    """Neither a goal nor a refusal is taken from thanks, however sure the classifier is."""
    clauses = [
        part((BOOK, 0.9)),
        part((REFUND, 0.99), at=20, is_courtesy=True),
        part((HUMAN, 0.99), at=30, is_courtesy=True),
        part((BOOK, 0.99), at=40, is_courtesy=True, stance=Stance.NOT_WANTED),
    ]

    verdict = READER.verdict(SURE_BOOK, clauses)

    assert [goal.intent for goal in verdict.goals] == [BOOK]
    assert verdict.refused == frozenset()


def test_a_text_of_courtesies_is_read_as_a_whole() -> None:
    """Its clauses have no say, so the whole text speaks."""
    assert READER.verdict(SURE_BOOK, [part((REFUND, 0.9), is_courtesy=True)]).goals[0].intent == BOOK


SHARES = st.lists(
    st.tuples(st.sampled_from([*NAMES, NO_GOAL_YET]), st.floats(0.01, 0.99)),
    min_size=1,
    max_size=4,
    unique_by=lambda x: x[0],
).map(lambda found: sorted(found, key=lambda share: -share[1]))
PARTS = st.builds(
    lambda shares, at, asks, stance, in_scope, is_courtesy: part(
        *shares, at=at, asks=asks, stance=stance, in_scope=in_scope, is_courtesy=is_courtesy
    ),
    SHARES,
    st.integers(0, 100),
    st.booleans(),
    st.sampled_from(Stance),
    st.floats(0.0, 1.0),
    st.booleans(),
)


@given(whole=PARTS, clauses=st.lists(PARTS, max_size=5), is_abridged=st.booleans())
def test_any_reading_makes_a_sound_verdict(whole: Part, clauses: list[Part], *, is_abridged: bool) -> None:
    """A refused goal is never accepted, urgent goals come first, and each intent is there once."""
    verdict = READER.verdict(whole, clauses, is_abridged=is_abridged)

    intents = [goal.intent for goal in verdict.goals]
    assert not set(intents) & verdict.refused
    assert not verdict.refused & {FRAUD, NO_GOAL_YET}
    assert len(intents) == len(set(intents))
    assert NO_GOAL_YET not in intents
    assert [goal.urgent for goal in verdict.goals] == sorted([goal.urgent for goal in verdict.goals], reverse=True)
    assert bool(intents) is (verdict.status is Status.UNDERSTOOD)


def goal(intent: str, confidence: float = 0.95, *, at: int = 0, turn: int = 0) -> Goal:
    evidence = (Evidence(turn=turn, start=at, end=at + 10),)
    return Goal(intent=intent, title=intent, confidence=confidence, urgent=intent == FRAUD, evidence=evidence)


def sure(intent: str, confidence: float = 0.95, *, at: int = 0, turn: int = 0) -> Verdict:
    goals = (goal(intent, confidence, at=at, turn=turn),)
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=goals, options=(), confidence=confidence)


def unsure(*options: str, confidence: float = 0.6) -> Verdict:
    return Verdict(
        status=Status.AMBIGUOUS, reason=Abstention.AMBIGUOUS, goals=(), options=options, confidence=confidence
    )


NO_GOAL = taken_back(unsure(BOOK))
OUT = Verdict(status=Status.OUT_OF_SCOPE, reason=Abstention.OUT_OF_SCOPE, goals=(), options=(), confidence=0.1)


CONVERSATIONS = [
    pytest.param([CustomerTurn(verdict=sure(BOOK))], [BOOK], id="one turn"),
    pytest.param([CustomerTurn(verdict=sure(BOOK)), CustomerTurn(verdict=sure(CANCEL))], [BOOK], id="the newest wins"),
    pytest.param([CustomerTurn(verdict=NO_GOAL), CustomerTurn(verdict=sure(CANCEL))], [CANCEL], id="thanks keeps it"),
    pytest.param(
        [CustomerTurn(verdict=sure(BOOK), keeps_goals=True), CustomerTurn(verdict=sure(CANCEL))],
        [CANCEL],
        id="so does an answer",
    ),
    pytest.param(
        [CustomerTurn(verdict=unsure(BOOK), answers_agent=True), CustomerTurn(verdict=sure(CANCEL))],
        [CANCEL],
        id="and what is unclear",
    ),
    pytest.param(
        [CustomerTurn(verdict=unsure(BOOK)), CustomerTurn(verdict=sure(CANCEL))], [], id="unless nobody had asked"
    ),
    pytest.param(
        [CustomerTurn(verdict=OUT, answers_agent=True), CustomerTurn(verdict=NO_GOAL)], [], id="no goal at all"
    ),
    pytest.param(
        [CustomerTurn(verdict=NO_GOAL, drops_goals=True), CustomerTurn(verdict=sure(CANCEL))], [], id="taken back"
    ),
    pytest.param(
        [CustomerTurn(verdict=sure(BOOK), drops_goals=True), CustomerTurn(verdict=sure(CANCEL))], [BOOK], id="replaced"
    ),
    pytest.param(
        [CustomerTurn(verdict=unsure(BOOK), drops_goals=True), CustomerTurn(verdict=sure(CANCEL))],
        [],
        id="by what is unclear",
    ),
    pytest.param(
        [
            CustomerTurn(verdict=NO_GOAL),
            CustomerTurn(verdict=NO_GOAL, drops_goals=True),
            CustomerTurn(verdict=sure(CANCEL)),
        ],
        [],
        id="thanks after it was taken back",
    ),
    pytest.param(
        [CustomerTurn(verdict=sure(BOOK), adds_goals=True), CustomerTurn(verdict=sure(CANCEL))],
        [BOOK, CANCEL],
        id="also: both",
    ),
    pytest.param(
        [CustomerTurn(verdict=sure(BOOK), adds_goals=True), CustomerTurn(verdict=sure(FRAUD))],
        [FRAUD, BOOK],
        id="the urgent one first",
    ),
    pytest.param(
        [CustomerTurn(verdict=sure(BOOK), adds_goals=True), CustomerTurn(verdict=sure(BOOK))],
        [BOOK],
        id="the same again",
    ),
    pytest.param(
        [
            CustomerTurn(verdict=sure(BOOK), adds_goals=True),
            CustomerTurn(verdict=NO_GOAL),
            CustomerTurn(verdict=sure(CANCEL)),
        ],
        [BOOK, CANCEL],
        id="added to what stands further back",
    ),
    pytest.param(
        [CustomerTurn(verdict=sure(BOOK), keeps_goals=True)], [BOOK], id="an answer to nothing may be all there is"
    ),
]


@pytest.mark.parametrize(("newest_first", "expected"), CONVERSATIONS)
def test_the_goals_of_a_conversation(newest_first: list[CustomerTurn], expected: list[str]) -> None:
    """Read from its newest turn back, as far as turns have a say."""
    read: list[CustomerTurn] = []
    for said in newest_first:
        read.append(said)
        if not looks_back(said):
            break

    decisive, verdict = concluded(read)

    assert [found.intent for found in verdict.goals] == expected
    assert read[decisive].verdict.status is verdict.status


def test_without_a_goal_the_newest_turn_that_says_something_decides() -> None:
    """A question is asked about what was unclear, not about a yes."""
    turns = [
        CustomerTurn(verdict=NO_GOAL),
        CustomerTurn(verdict=unsure(BOOK, CANCEL), answers_agent=True),
        CustomerTurn(verdict=NO_GOAL),
    ]

    decisive, verdict = concluded(turns)

    assert (decisive, verdict.options) == (1, (BOOK, CANCEL))
