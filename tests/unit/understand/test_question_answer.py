"""A question is answered in the customer's own words: by a name, a place in the list, yes or no."""

from __future__ import annotations

import pytest

from service.domain.ledger import QuestionKind
from service.domain.understanding import Abstention, Candidate, Goal, NoGoal, Status, Verdict
from service.understand.question_answer import Offered, QuestionAnswer, answer_to, named_by_words, places_in

REFUND = Offered(intent="get_refund", names=("Get a refund",))
EXCHANGE = Offered(intent="exchange_item", names=("Exchange an item",))
REPAIR = Offered(intent="book_repair", names=("Have something repaired or serviced", "Have something repaired"))
CLOSE = Offered(intent="delete_account", names=("Close your account",))
THREE, TWO = (REFUND, EXCHANGE, REPAIR), (REFUND, EXCHANGE)
CHOOSE, CONFIRM, ACTION = QuestionKind.CHOOSE, QuestionKind.CONFIRM, QuestionKind.CONFIRM_ACTION
DENIED = QuestionAnswer(is_denied=True)


def reading(*intents: str, refused: str | None = None, no_goal: NoGoal | None = None, urgent: bool = False) -> Verdict:
    """The verdict on the answer alone."""
    goals = tuple([Goal(intent=each, title=each, confidence=0.95, urgent=urgent) for each in intents])
    return Verdict(
        status=Status.UNDERSTOOD if goals else Status.NO_GOAL_YET,
        reason=None if goals else Abstention.NO_GOAL_YET,
        goals=goals,
        options=(),
        confidence=0.9,
        no_goal=no_goal,
        refused=frozenset() if refused is None else frozenset({refused}),
    )


def chose(*options: Offered) -> QuestionAnswer:
    return QuestionAnswer(intents=tuple([option.intent for option in options]))


CHOICES = [
    ("the first one", chose(REFUND)),
    ("the first", chose(REFUND)),
    ("1", chose(REFUND)),
    ("one", chose(REFUND)),
    ("number one please", chose(REFUND)),
    ("1st", chose(REFUND)),
    ("option a", chose(REFUND)),
    ("the second one, please", chose(EXCHANGE)),
    ("2", chose(EXCHANGE)),
    ("2.", chose(EXCHANGE)),
    ("um, two", chose(EXCHANGE)),
    ("it's the second", chose(EXCHANGE)),
    ("i'd like the 2nd", chose(EXCHANGE)),
    ("the middle one", chose(EXCHANGE)),
    ("option 2", chose(EXCHANGE)),
    ("let's go with the third", chose(REPAIR)),
    ("the last one", chose(REPAIR)),
    ("the last", chose(REPAIR)),
    ("the latter, i think", chose(REPAIR)),
    ("3 please", chose(REPAIR)),
    ("no, the third one", chose(REPAIR)),
    ("all of them", chose(*THREE)),
    ("all three please", chose(*THREE)),
    ("1 and 3", chose(REFUND, REPAIR)),
    ("the first and the last", chose(REFUND, REPAIR)),
    ("refund", chose(REFUND)),
    ("the refund please", chose(REFUND)),
    ("refnud", chose(REFUND)),
    ("exchaneg it", chose(EXCHANGE)),
    ("exchanging", chose(EXCHANGE)),
    ("i want to exchange", chose(EXCHANGE)),
    ("yes, the repair", chose(REPAIR)),
    ("get it repaired", chose(REPAIR)),
    ("not the refund, the exchange", chose(EXCHANGE)),
    ("neither", DENIED),
    ("neither of them", DENIED),
    ("none of those", DENIED),
    ("no, none of those", DENIED),
    ("none of the above", DENIED),
    ("it's not any of those", DENIED),
    ("something else", DENIED),
    ("it is something different", DENIED),
    ("no", DENIED),
    ("nope", DENIED),
    ("not really", DENIED),
    ("no, that's wrong", DENIED),
    ("yes", None),
    ("the fourth", None),
    ("7", None),
    ("4471 2290", None),
    ("the other one", None),
    ("hello?", None),
    ("it was blue with two stripes", None),
    ("a", None),
]


@pytest.mark.parametrize(("text", "expected"), CHOICES)
def test_a_choice_is_heard_in_many_words(text: str, expected: QuestionAnswer | None) -> None:
    """The question named a refund, an exchange and a repair."""
    assert answer_to(text, CHOOSE, THREE, reading()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("both", chose(*TWO)),
        ("both of them please", chose(*TWO)),
        ("oh, both", chose(*TWO)),
        ("the other one", chose(EXCHANGE)),
        ("not the refund", chose(EXCHANGE)),
        ("the former", chose(REFUND)),
        ("the latter", chose(EXCHANGE)),
    ],
)
def test_of_two_goals_the_other_is_known(text: str, expected: QuestionAnswer) -> None:
    """Both can be meant, and one can be ruled out."""
    assert answer_to(text, CHOOSE, TWO, reading()) == expected


CONFIRMED = [
    ("yes", True),
    ("Yes please", True),
    ("yeah that's right", True),
    ("yep", True),
    ("correct", True),
    ("that's it", True),
    ("exactly", True),
    ("of course", True),
    ("sure", True),
    ("I do", True),
    ("\N{THUMBS UP SIGN}", True),
    ("ok", True),
    ("please do", True),
    ("refund, right", True),
    ("no", False),
    ("no thanks", False),
    ("nope, sorry", False),
    ("not quite", False),
    ("not that", False),
    ("wrong", False),
    ("I don't want that", False),
    ("it's something else", False),
    ("the other one", False),
    ("that's not it", False),
    ("leave it", False),
]


@pytest.mark.parametrize(("text", "is_yes"), CONFIRMED)
def test_one_goal_is_confirmed_or_denied(text: str, *, is_yes: bool) -> None:
    """The question was about a refund."""
    assert answer_to(text, CONFIRM, [REFUND], reading()) == (chose(REFUND) if is_yes else DENIED)


@pytest.mark.parametrize(
    ("text", "verdict", "expected", "reason"),
    [
        ("yes", reading(), chose(CLOSE), "consent"),
        ("well I have thought about it long enough", reading(), chose(CLOSE), "it denies nothing"),
        ("no", reading(), DENIED, "a refusal"),
        ("keep it open", reading(), DENIED, "the opposite"),
        ("I changed my mind", reading(), DENIED, "taken back"),
        ("please leave the account be", reading(refused="delete_account"), DENIED, "the reader heard a refusal"),
        ("yes thanks", reading(no_goal=NoGoal.CLOSING), chose(CLOSE), "consent, and thanks"),
        ("no thanks", reading(no_goal=NoGoal.CLOSING), DENIED, "a refusal, and thanks"),
        ("ok thanks, bye", reading(no_goal=NoGoal.CLOSING), None, "the talk ends"),
    ],
)
def test_a_call_is_made_unless_it_is_denied(
    text: str, verdict: Verdict, expected: QuestionAnswer | None, reason: str
) -> None:
    """The question was about closing an account."""
    assert answer_to(text, ACTION, [CLOSE], verdict) == expected, reason


@pytest.mark.parametrize(
    ("shares", "expected", "reason"),
    [
        ({"get_refund": 0.3}, chose(REFUND), "likely enough beside the question"),
        ({"get_refund": 0.19}, None, "hardly likely"),
        ({"get_refund": 0.35, "exchange_item": 0.33}, None, "two are as likely"),
        ({"track_order": 0.6, "exchange_item": 0.25}, chose(EXCHANGE), "the option beats another goal"),
    ],
)
def test_a_free_sentence_is_read_with_the_options(
    shares: dict[str, float], expected: QuestionAnswer | None, reason: str
) -> None:
    """An option that is likely enough wins."""
    candidates = [Candidate(intent=intent, confidence=share) for intent, share in shares.items()]

    assert answer_to("it came with a crack down the side", CHOOSE, THREE, reading(), candidates) == expected, reason


@pytest.mark.parametrize(
    ("text", "verdict", "expected", "reason"),
    [
        ("no, where is my parcel", reading("track_order"), None, "a new goal wins"),
        ("the refund of my last order", reading("track_order"), chose(REFUND), "few words name an option"),
        ("refund! my card was stolen", reading("report_fraud", urgent=True), None, "an urgent goal wins"),
        ("ok thanks", reading(no_goal=NoGoal.CLOSING), None, "closing words answer no choice"),
    ],
)
def test_a_clear_goal_in_the_answer_wins(
    text: str, verdict: Verdict, expected: QuestionAnswer | None, reason: str
) -> None:
    """Except in a few words that name an option."""
    assert answer_to(text, CHOOSE, THREE, verdict) == expected, reason


def test_a_question_without_options_has_no_answer() -> None:
    """The turn is read on its own."""
    assert answer_to("yes", CHOOSE, (), reading()) is None


def test_places_beyond_the_list_are_no_places() -> None:
    """Three were offered."""
    assert places_in("the fifth", 3) is None
    assert named_by_words("the fifth", THREE) is None
