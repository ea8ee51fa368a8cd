"""How a contact is read: how often the classifier is asked, with what, and by when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalogue.loader import load_catalogue
from service.catalogue.schema import Catalogue
from service.domain.understanding import (
    NO_GOAL_YET,
    Candidate,
    NearExample,
    NoGoal,
    Prediction,
    Speaker,
    Stage,
    Stance,
    Status,
    Thresholds,
    Why,
)
from service.errors import InvalidRequestError
from service.pipeline.incoming import IncomingContact, RawTurn
from service.pipeline.reader import CLAUSES_AT_ONCE, MAX_TURNS_READ, MOST_IN_A_BURST, ContactReader
from service.redact.chain import Redactor
from service.understand.explanation import Explanation, WordWeight, words_of
from service.understand.intents import IntentTable
from service.understand.text_segment import MAX_SEGMENTS
from tests.support.catalogues import write_catalogue

GAS = "report_gas"
WORDS = {
    "book": "make_booking",
    "cancel": "cancel_booking",
    "parcel": "track_order",
    "person": "speak_to_human",
    "gas": GAS,
}


@dataclass
class WordClassifier:
    """Knows five words. One of them is sure, two of them are not, none is no goal. A "don't" refuses."""

    version: str = "words"
    labels: tuple[str, ...] = (*sorted(WORDS.values()), NO_GOAL_YET)
    thresholds: Thresholds = field(default_factory=lambda: Thresholds(accept=0.9, scope=0.5, ambiguous=0.2))
    asked: list[str] = field(default_factory=list)
    seconds_left: list[float | None] = field(default_factory=list)
    explained: list[tuple[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        self.asked.append(utterance)
        self.seconds_left.append(seconds_left)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        found = [intent for word, intent in WORDS.items() if word in utterance.lower()] or [NO_GOAL_YET]
        ranked = [*found, *(label for label in self.labels if label not in found)][:top_k]
        sure = 0.96 / len(found)
        candidates = tuple(Candidate(intent=label, confidence=sure if label in found else 0.01) for label in ranked)
        return Prediction(
            candidates=candidates,
            in_scope=0.99,
            stage=Stage.ENCODER,
            lexical_seconds=0.0,
            encoder_seconds=0.0,
            stance=Stance.NOT_WANTED if "don't" in utterance.lower() else Stance.WANTS,
            cut_short=seconds_left is not None and seconds_left <= 0,
        )

    async def explain(self, utterance: str, intent: str, *, seconds_left: float | None = None) -> Explanation | None:
        """Every word tells, the first one most."""
        self.explained.append((utterance, intent))
        if seconds_left is not None and seconds_left <= 0:
            return None
        words = [WordWeight(start, end, 1 / (1 + start)) for start, end in words_of(utterance)]
        return Explanation(examples=(NearExample(text="an example", similarity=0.5),), words=tuple(words))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_catalogue(write_catalogue(tmp_path_factory.mktemp("catalogue")))


@pytest.fixture
def classifier() -> WordClassifier:
    return WordClassifier()


@pytest.fixture
def reader(catalogue: Catalogue, classifier: WordClassifier) -> ContactReader:
    return ContactReader(redactor=Redactor(), classifier=classifier, catalogue=catalogue)


@pytest.fixture
def wary(catalogue: Catalogue, classifier: WordClassifier) -> ContactReader:
    """A reader for which gas is urgent."""
    table = IntentTable.of(catalogue)
    urgent = IntentTable(titles={**table.titles, GAS: "Report gas"}, urgent=frozenset({GAS}), person=table.person)
    return ContactReader(redactor=Redactor(), classifier=classifier, catalogue=urgent)


def customer(text: str) -> RawTurn:
    return RawTurn(speaker=Speaker.CUSTOMER, raw_text=text)


def agent(text: str) -> RawTurn:
    return RawTurn(speaker=Speaker.AGENT, raw_text=text)


async def test_a_short_text_is_classified_once(reader: ContactReader, classifier: WordClassifier) -> None:
    """That is what most contacts are."""
    understood = await reader.read([customer("where is my parcel")])

    assert [goal.intent for goal in understood.verdict.goals] == ["track_order"]
    assert classifier.asked == ["where is my parcel"]


async def test_a_text_of_two_errands_is_classified_whole_and_clause_by_clause(
    reader: ContactReader, classifier: WordClassifier
) -> None:
    """Each goal points to its own clause in the caller's text, behind a number that was redacted."""
    text = "07700 900142 is my number, please book a room and also where is my parcel"

    understood = await reader.read([customer(text)])

    evidence = {goal.intent: [text[e.start : e.end] for e in goal.evidence] for goal in understood.verdict.goals}
    assert evidence == {"make_booking": ["please book a room"], "track_order": ["where is my parcel"]}
    assert classifier.asked[0].endswith("please book a room and also where is my parcel")
    assert understood.prediction.candidates[0].intent == "make_booking", "candidates are those of the first goal"


async def test_clauses_do_not_fill_the_queue_of_the_encoder(reader: ContactReader, classifier: WordClassifier) -> None:
    """A long text takes a few places at a time, and its clauses are bounded."""
    await reader.read([customer("Could you please book a room? Where is my parcel? " * 100)])

    assert classifier.most_at_once == CLAUSES_AT_ONCE
    assert len(classifier.asked) == 1 + MAX_SEGMENTS


async def test_a_deadline_that_has_passed_reaches_the_classifier(
    reader: ContactReader, classifier: WordClassifier
) -> None:
    """The answer is valid and says that it was cut short."""
    understood = await reader.read([customer("book a room and also where is my parcel")], seconds_left=-1)

    assert all(left is not None and left < 0 for left in classifier.seconds_left)
    assert understood.prediction.cut_short


async def test_what_was_taken_back_is_no_goal(reader: ContactReader) -> None:
    """Whatever the classifier makes of the words."""
    understood = await reader.read([customer("please book a room. Oh never mind")])

    assert understood.verdict.status is Status.NO_GOAL_YET


async def test_at_most_twelve_predictions_are_asked_for_a_text(
    reader: ContactReader, classifier: WordClassifier
) -> None:
    """However many clauses there are: each costs a call of the encoder."""
    await reader.read([customer("\n".join(["Where is my parcel?", "I saw a bird today.", "- and book a room"] * 200))])

    assert len(classifier.asked) == 12


async def test_an_urgent_clause_is_found_beside_an_errand_and_comes_first(
    wary: ContactReader, classifier: WordClassifier
) -> None:
    """It points to its own words."""
    text = "Hello there, could you please cancel my room for tonight? There is a smell of gas in the hall."

    understood = await wary.read([customer(text)])

    first, second = understood.verdict.goals
    assert (first.intent, first.urgent, second.intent) == (GAS, True, "cancel_booking")
    assert [text[each.start : each.end] for each in first.evidence] == ["There is a smell of gas in the hall."]


@pytest.mark.parametrize(
    "text",
    [
        "a person please",
        "where is my parcel? Let me talk to a person",
        "My parcel never came. I never reach a person who tells me anything at all",
        "I waited an hour, just get me a person. I would also like to book a room.",
    ],
)
async def test_a_person_in_any_clause_is_heard(reader: ContactReader, text: str) -> None:
    """Beside any other goal."""
    understood = await reader.read([customer(text)])

    assert "speak_to_human" in [goal.intent for goal in understood.verdict.goals]


@pytest.mark.parametrize(
    ("text", "goals", "refused"),
    [
        ("please don't cancel it", [], {"cancel_booking"}),
        ("please don't cancel it. Just tell me where is my parcel", ["track_order"], {"cancel_booking"}),
        ("please don't get me a person. Please book a room", ["make_booking"], {"speak_to_human"}),
    ],
)
async def test_a_refused_goal_is_never_accepted(
    reader: ContactReader, text: str, goals: list[str], refused: set[str]
) -> None:
    """The verdict names the refused intents."""
    verdict = (await reader.read([customer(text)])).verdict

    assert [goal.intent for goal in verdict.goals] == goals
    assert verdict.refused == refused


async def test_courtesies_have_no_say(reader: ContactReader, classifier: WordClassifier) -> None:
    """They are not even classified."""
    await reader.read([customer("Good morning everyone. Please book a room. Many thanks for your help")])

    assert classifier.asked == ["Please book a room."]


@pytest.mark.parametrize(
    ("text", "no_goal"),
    [
        ("hello", NoGoal.GREETING),
        ("thank you, bye", NoGoal.CLOSING),
        ("yes", NoGoal.ANSWER),
        ("4471", NoGoal.ANSWER),
        ("?!", NoGoal.NOISE),
    ],
)
async def test_a_turn_without_an_errand_is_told_by_its_form(
    reader: ContactReader, classifier: WordClassifier, text: str, no_goal: NoGoal
) -> None:
    """Nothing is classified."""
    verdict = (await reader.read([customer(text)])).verdict

    assert (verdict.status, verdict.no_goal) == (Status.NO_GOAL_YET, no_goal)
    assert classifier.asked == []


async def test_automatic_mail_by_its_headers_is_nobody_speaking(
    reader: ContactReader, classifier: WordClassifier
) -> None:
    """A header alone is enough, whatever the words are."""
    turns = [customer("Please book a room for me while I am out of the office")]

    verdict = (await reader.read(turns, headers={"Auto-Submitted": "auto-replied"})).verdict

    assert (verdict.no_goal, classifier.asked) == (NoGoal.AUTOMATIC, [])


async def test_automatic_mail_by_its_wording_counts_without_a_goal_only(reader: ContactReader) -> None:
    """People write of their absence too."""
    away = "I am out of the office until Monday, 4 May, with no access to my e-mail."

    nobody, somebody = [(await reader.read([customer(text)])).verdict for text in (away, f"{away} Where is my parcel?")]

    assert nobody.no_goal is NoGoal.AUTOMATIC
    assert [goal.intent for goal in somebody.goals] == ["track_order"]


async def test_a_text_beyond_the_limits_is_read_and_told(reader: ContactReader) -> None:
    """Its head and its tail are read, and the answer says that it was cut short."""
    text = "Please book a room for us. " + "It was a fine day and we went out for a walk. " * 800

    understood = await reader.read([customer(text)])

    assert [goal.intent for goal in understood.verdict.goals] == ["make_booking"]
    assert understood.prediction.cut_short


async def test_short_messages_in_a_row_are_one_sentence(reader: ContactReader, classifier: WordClassifier) -> None:
    """People send an errand in pieces, and each piece is evidence."""
    turns = [customer("hm hello"), agent("Hello!"), customer("i want"), customer("to book"), customer("a room")]

    understood = await reader.read(turns)

    (goal,) = understood.verdict.goals
    assert goal.intent == "make_booking"
    assert classifier.asked == ["i want to book a room"]
    assert [(each.turn, each.start, each.end) for each in goal.evidence] == [(2, 0, 6), (3, 0, 7), (4, 0, 6)]


async def test_short_goodbyes_in_a_row_are_goodbye(reader: ContactReader, classifier: WordClassifier) -> None:
    """Messages that all lack an errand in the same way need no classifier."""
    turns = [customer("where is my parcel please"), agent("It came."), customer("thanks"), customer("bye")]

    understood = await reader.read(turns)

    assert classifier.asked == ["where is my parcel please"]
    assert [goal.intent for goal in understood.verdict.goals] == ["track_order"]


async def test_the_words_of_a_burst_are_explained_in_their_message(reader: ContactReader) -> None:
    """Offsets lie in the message that they are told of."""
    turns = [customer("to book"), customer("a room")]

    (goal,) = (await reader.read(turns, explain=True)).verdict.goals

    assert told(goal.why, turns) == ["to", "book"]


async def test_no_more_turns_are_read_than_may_be(reader: ContactReader, classifier: WordClassifier) -> None:
    """A conversation may have two hundred."""
    unclear = "well I do not really know that"

    await reader.read([customer("where is my parcel"), *[customer(unclear)] * 199])

    assert classifier.asked == [unclear] * MAX_TURNS_READ


async def test_no_more_messages_are_read_as_one_than_may_be(reader: ContactReader, classifier: WordClassifier) -> None:
    """The newest messages of a long row make the sentence."""
    await reader.read([*[customer("hm")] * 30, customer("book")])

    assert classifier.asked == [" ".join([*["hm"] * (MOST_IN_A_BURST - 1), "book"])]


async def test_bare_answers_are_passed_over(reader: ContactReader, classifier: WordClassifier) -> None:
    """A talk of many answers is followed back to its errand, at no cost."""
    answered = [turn for number in range(10, 70) for turn in (agent("And the next digit?"), customer(str(number)))]

    understood = await reader.read([customer("please book a room"), *answered])

    assert [goal.intent for goal in understood.verdict.goals] == ["make_booking"]
    assert classifier.asked == ["please book a room"]


async def test_the_only_words_of_a_customer_are_read_however_long_ago(reader: ContactReader) -> None:
    """An agent may have written hundreds of turns since."""
    understood = await reader.read([customer("where is my parcel"), *[agent("One moment.")] * 300])

    assert [goal.intent for goal in understood.verdict.goals] == ["track_order"]


async def test_an_agent_s_proposal_that_is_denied_drops_the_goal(reader: ContactReader) -> None:
    """The answer is no, so nothing is wanted."""
    turns = [customer("please cancel my room"), agent("Do you really want to cancel it?"), customer("no")]

    verdict = (await reader.read(turns)).verdict

    assert (verdict.status, verdict.goals) == (Status.NO_GOAL_YET, ())


async def test_an_option_that_was_chosen_is_beyond_doubt(reader: ContactReader, classifier: WordClassifier) -> None:
    """Nothing is classified, and an option that the catalogue lacks is refused."""
    understood = await reader.understand(IncomingContact(turns=(), choice="track_order"))

    assert [(goal.intent, goal.confidence) for goal in understood.verdict.goals] == [("track_order", 1.0)]
    assert classifier.asked == []
    with pytest.raises(InvalidRequestError):
        await reader.understand(IncomingContact(turns=(), choice="make_tea"))


async def test_reading_stops_at_the_newest_goal(reader: ContactReader, classifier: WordClassifier) -> None:
    """What came before it has no say."""
    turns = [
        customer("where is my parcel"),
        agent("It is late."),
        customer("then cancel it"),
        agent("Sure?"),
        customer("yes"),
    ]

    understood = await reader.read(turns)

    assert [goal.intent for goal in understood.verdict.goals] == ["cancel_booking"]
    assert classifier.asked == ["then cancel it"], "a yes needs no classifier"
    assert {evidence.turn for goal in understood.verdict.goals for evidence in goal.evidence} == {2}


async def test_evidence_is_bounded(reader: ContactReader) -> None:
    """A list of a hundred lines is not a hundred places."""
    text = "\n".join(["My parcel number is Seven"] * 100)

    understood = await reader.read([customer(text)])

    (goal,) = understood.verdict.goals
    assert len(goal.evidence) <= MAX_SEGMENTS


def test_raw_text_is_in_no_representation() -> None:
    """Whatever is printed of a turn."""
    assert "parcel" not in repr(customer("where is my parcel"))


def told(why: Why | None, turns: list[RawTurn]) -> list[str]:
    """The words of an explanation, from the turns that they point into."""
    assert why is not None
    return [turns[word.turn].raw_text[word.start : word.end] for word in why.words]


async def test_nothing_is_explained_that_nobody_asked_about(reader: ContactReader, classifier: WordClassifier) -> None:
    """It costs time."""
    understood = await reader.read([customer("where is my parcel")])

    assert [goal.why for goal in understood.verdict.goals] == [None]
    assert classifier.explained == []


async def test_a_goal_is_explained_by_words_of_the_callers_own_text(
    reader: ContactReader, classifier: WordClassifier
) -> None:
    """Of the text that was classified; a number that was redacted is a word as well."""
    turns = [customer("07700 900142, where is my parcel?")]

    (goal,) = (await reader.read(turns, explain=True)).verdict.goals

    assert told(goal.why, turns) == ["07700 900142", "where", "is", "my", "parcel"]
    assert goal.why is not None
    assert goal.why.examples == (NearExample(text="an example", similarity=0.5),)
    assert goal.why.words[0].weight == 1.0
    assert classifier.explained == [(classifier.asked[0], "track_order")]


async def test_each_goal_is_explained_by_its_own_clauses(reader: ContactReader, classifier: WordClassifier) -> None:
    """Other goals' words say nothing for it; what is said for it in two places is read together."""
    first, second, third = "Please book a room.", "Also where is my parcel for jo@example.com?", "Can you book two?"
    turns = [customer(f"{first} {second} {third}")]

    goals = (await reader.read(turns, explain=True)).verdict.goals

    words = {goal.intent: told(goal.why, turns) for goal in goals}
    assert words["track_order"] == ["Also", "where", "is", "my", "parcel", "for", "jo@example.com"]
    assert words["make_booking"] == ["Please", "book", "a", "room", "Can", "you", "book", "two"]
    assert (f"{first} {third}", "make_booking") in classifier.explained


async def test_goals_of_earlier_turns_are_explained_in_those(reader: ContactReader) -> None:
    """A yes keeps the goal, and says nothing of it."""
    turns = [customer("Hello. My number is 07700 900142, cancel it"), agent("Sure?"), customer("yes")]

    (goal,) = (await reader.read(turns, explain=True)).verdict.goals

    assert {word.turn for word in goal.why.words} == {0}
    assert told(goal.why, turns)[-2:] == ["cancel", "it"]


async def test_without_time_a_goal_is_not_explained(reader: ContactReader) -> None:
    """The goal itself is found all the same."""
    (goal,) = (await reader.read([customer("where is my parcel")], seconds_left=-1, explain=True)).verdict.goals

    assert (goal.intent, goal.why) == ("track_order", None)


PIECES = (
    "cancel", "parcel", "don't ", "book a room", " ", "\n", ", ", ". ", "-", "<", "<name>", " and also please ",
    "07700 900142", "jo@example.com", "my name is Amina Bello", "4111 1111 1111 1111", "order BK-20931", "SW1A 1AA",
    "never mind. ", "no wait, ", "Kind regards,\n", "e\u0301", "रद्द करें", "👩‍👩‍👧", "İ", "ﬁn", "a" * 50,
)  # fmt: skip


PLAIN = st.characters().filter(lambda character: len(normalize("NFKC", character)) == 1)
"""Characters that stay one. Others, such as fractions, may become several words."""


@given(pieces=st.lists(st.sampled_from(PIECES) | st.text(PLAIN, max_size=6), max_size=12))
def test_words_are_whole_words_of_any_text(catalogue: Catalogue, pieces: list[str]) -> None:
    """They lie inside the evidence of their goal in the text as it was sent, and begin and end where words do."""
    text = "".join([*pieces, " where is my parcel"])
    reader = ContactReader(redactor=Redactor(), classifier=WordClassifier(), catalogue=catalogue)

    goals = asyncio.run(reader.read([customer(text)], explain=True)).verdict.goals

    for goal in goals:
        assert goal.why is not None
        assert goal.why.words
        for word in goal.why.words:
            assert any(found.start <= word.start < word.end <= found.end <= len(text) for found in goal.evidence)
            said = text[word.start : word.end]
            assert said == said.strip()
            assert not is_inside_a_word(text, word.start), said
            assert not is_inside_a_word(text, word.end), said


def is_inside_a_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()
