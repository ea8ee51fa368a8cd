"""Judging a text by itself, by its sentences and by its clauses, with a firewall that knows one word."""

from __future__ import annotations

import asyncio
import threading

import pytest

from service.domain.content import ContentKind, Judgement
from service.errors import OverloadedError
from service.understand.executor import BoundedExecutor
from service.understand.firewall.content_judge import MOST_EXPLAINED, ContentJudge, ServedJudge
from service.understand.firewall.head import FirewallNumbers, Sigmoid
from service.understand.firewall.refusal import Refusal
from service.understand.tokenizer import MAX_TOKENS

SALE, CLOSED = 1, 2
PRICE = "Leave out the offer. Name a price only if the customer asked for the price."
WORDS = {"sale": SALE, "closed": CLOSED}
NUMBERS = FirewallNumbers(
    threshold=0.7,
    bandwidths=(1.0,),
    layer_share=1.0,
    part_margin=0.5,
    relationship=Sigmoid(slope=1.0, bias=0.0),
    service_notice=Sigmoid(slope=1.0, bias=0.0),
)


class WordTokenizer:
    """Ids of the words that count, 0 for all others."""

    def token_ids(self, text: str) -> list[int]:
        words = [WORDS.get(word.strip(".,!()").lower(), 0) for word in text.split()]
        return [9, *words[: MAX_TOKENS - 2], 9]


class WordFirewall:
    """The word sale promotes where few stand beside it, since an embedding is a mean; closed is a notice."""

    numbers = NUMBERS
    tokenizer = WordTokenizer()
    few = 11

    def __init__(self) -> None:
        self.judged = 0

    def scores(self, token_ids: list[int]) -> Scores:
        self.judged += 1
        promotes = SALE in token_ids and len(token_ids) <= self.few
        return Scores([2.0 if promotes else -2.0, 0.0, 3.0 if CLOSED in token_ids else -3.0])


class Scores(list[float]):
    def tolist(self) -> list[float]:
        return self


@pytest.fixture
def firewall() -> WordFirewall:
    return WordFirewall()


@pytest.fixture
def judge(firewall: WordFirewall) -> ContentJudge:
    return ContentJudge(firewall)


def told(text: str, judgement: Judgement) -> list[tuple[str, str]]:
    return [(text[clause.start : clause.end], clause.kind.value) for clause in judgement.clauses]


def test_a_text_of_one_sentence_is_shown_whole(judge: ContentJudge) -> None:
    """Its clauses are of no interest while none of them promotes."""
    text = "The office is closed, and we open again on Monday."

    judgement = judge.judge(text)

    assert judgement.kind is ContentKind.SERVICE_NOTICE
    assert told(text, judgement) == [(text, "service_notice")]


def test_a_promotion_is_found_behind_an_errand(judge: ContentJudge) -> None:
    """The text is what any clause of it is, and shows which."""
    text = "Your order is packed and leaves the house tonight, and our sale is on!"

    judgement = judge.judge(text)

    assert judgement.kind is ContentKind.RELATIONSHIP
    assert told(text, judgement) == [
        ("Your order is packed and leaves the house tonight", "fulfilment"),
        ("and our sale is on!", "relationship"),
    ]
    assert judge.promotion_in(text) == Refusal("and our sale is on!", ("sale",), PRICE)


def test_a_refusal_is_explained_by_its_words(judge: ContentJudge) -> None:
    """With a way to say it otherwise; what is harmless needs neither."""
    text = "Your order is packed and leaves the house tonight, and our sale is on!"

    told = [(clause.words, clause.mend) for clause in judge.explain(text).clauses]

    assert told == [((), None), (("sale",), PRICE)]
    assert judge.explain(text).kind is judge.judge(text).kind
    assert judge.explain("Your refund is paid.") == judge.judge("Your refund is paid.")


def test_few_of_many_refused_clauses_are_explained(judge: ContentJudge, firewall: WordFirewall) -> None:
    """Each costs many runs of the encoder."""
    judgement = judge.explain("Our sale is on. " * 40)

    assert sum(clause.mend is not None for clause in judgement.clauses) == MOST_EXPLAINED
    assert firewall.judged < 200


def test_a_part_says_less_than_the_whole() -> None:
    """The same words promote as a text of their own, and need more to promote beside others."""

    class Doubtful(WordFirewall):
        def scores(self, token_ids: list[int]) -> Scores:
            return Scores([1.0 if SALE in token_ids and len(token_ids) <= 6 else -2.0, 0.0, -3.0])

    judge = ContentJudge(Doubtful())

    assert judge.judge("Our sale is on.").kind is ContentKind.RELATIONSHIP
    assert judge.judge("Our sale is on. The desk is shut.").kind is ContentKind.FULFILMENT


def test_a_part_that_promotes_by_itself_is_shown_as_the_cause() -> None:
    """If the whole promotes, the part need not promote beside others."""

    class Doubtful(WordFirewall):
        def scores(self, token_ids: list[int]) -> Scores:
            return Scores([1.0 if SALE in token_ids else -2.0, 0.0, -3.0])

    text = "Our sale is on. The desk is shut."

    judgement = ContentJudge(Doubtful()).judge(text)

    assert told(text, judgement) == [("Our sale is on.", "relationship"), ("The desk is shut.", "fulfilment")]
    assert judgement.confidence == judgement.clauses[0].confidence


def test_a_promotion_that_takes_two_sentences_is_shown_as_one() -> None:
    """Where neither of them promotes by itself."""

    class OnlyTogether(WordFirewall):
        def scores(self, token_ids: list[int]) -> Scores:
            return Scores([2.0 if {SALE, CLOSED} <= set(token_ids) else -2.0, 0.0, -3.0])

    text = "The case is closed. Visit the sale."

    judgement = ContentJudge(OnlyTogether()).judge(text)

    assert told(text, judgement) == [(text, "relationship")]


def test_sentences_are_shown_one_by_one(judge: ContentJudge) -> None:
    """Each with its own kind."""
    text = "Your refund is paid. The desk is closed."

    judgement = judge.judge(text)

    assert told(text, judgement) == [
        ("Your refund is paid.", "fulfilment"), ("The desk is closed.", "service_notice")
    ]  # fmt: skip
    assert judge.promotion_in(text) is None


def test_the_confidence_of_a_harmless_text_falls_with_its_most_doubtful_part(judge: ContentJudge) -> None:
    """It is how sure it is that nothing in it promotes, times how sure it is of the rest."""
    calm = judge.judge("Your refund is paid.")

    assert calm.confidence == pytest.approx((1 - NUMBERS.relationship(-2.0)) * (1 - NUMBERS.service_notice(-3.0)))


@pytest.mark.parametrize(
    "filler", ["word ", "w" * 50 + " ", "word, and we say "], ids=["words", "long words", "clauses"]
)
def test_what_is_longer_than_the_encoder_reads_is_judged_to_its_end(firewall: WordFirewall, filler: str) -> None:
    """A promotion at the end of 4,000 characters without a full stop, in a bounded number of runs of the encoder."""
    firewall.few = MAX_TOKENS
    text = (filler * 4_000)[:3_990] + " our sale"

    judgement = ContentJudge(firewall).judge(text)

    assert judgement.kind is ContentKind.RELATIONSHIP
    assert text[judgement.clauses[-1].start : judgement.clauses[-1].end].endswith("our sale")
    assert firewall.judged <= 200


def test_a_word_without_end_is_judged(judge: ContentJudge) -> None:
    """It has no blank to be cut at."""
    assert judge.judge("w" * 4_000).kind is ContentKind.FULFILMENT


def test_nothing_is_judged_to_be_harmless(judge: ContentJudge) -> None:
    """A blank text has no clause."""
    assert judge.judge(" ") == Judgement(kind=ContentKind.FULFILMENT, confidence=1.0, clauses=())


async def test_judging_is_done_off_the_event_loop(judge: ContentJudge, firewall: WordFirewall) -> None:
    """In a thread of the encoder's."""
    threads: list[str] = []

    class Watched(WordFirewall):
        def scores(self, token_ids: list[int]) -> Scores:
            threads.append(threading.current_thread().name)
            return super().scores(token_ids)

    executor = BoundedExecutor(threads=1, capacity=1)
    served = ServedJudge(ContentJudge(Watched()), executor)
    await served.judge("Our sale is on.", seconds_left=60.0)
    await served.explain("Our sale is on.", seconds_left=60.0)
    executor.close()

    assert threads
    assert all(name.startswith("encoder") for name in threads)


async def test_a_text_too_many_is_refused(judge: ContentJudge) -> None:
    """And so is one that is not judged in time; what was begun goes on and makes room when it ends."""
    executor = BoundedExecutor(threads=1, capacity=1)
    begun, end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class Slow(WordFirewall):
        def scores(self, token_ids: list[int]) -> Scores:
            loop.call_soon_threadsafe(begun.set)
            end.wait()
            return super().scores(token_ids)

    served = ServedJudge(ContentJudge(Slow()), executor)
    with pytest.raises(OverloadedError, match="in time"):
        await served.judge("Our sale is on.", seconds_left=0.001)
    await begun.wait()
    with pytest.raises(OverloadedError, match="waiting"):
        await served.judge("Our sale is on.", seconds_left=60.0)
    end.set()
    executor.close()
