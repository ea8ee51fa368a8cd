"""Provide texts out of scope for rows that lack them: written texts from a bank first, then generated texts.

Generated texts copy the letters, word lengths and text lengths of the given rows, so that these traits are useless for
telling the texts apart. Shuffled words of the rows themselves are left out: they look so much in scope that the lexical
head loses confidence, and they bring no better separation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path

import numpy as np
import yaml

NEGATIVE_BANK = Path(__file__).parent / "negative_bank.yaml"
NO_GOAL_BANK = Path(__file__).parent / "no_goal_bank.yaml"
OTHER_LANGUAGES = "other_language"
PARTS = ("node", "worker", "queue", "cache", "disk", "relay", "probe", "shard", "timer", "lease")
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")
CODE_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_."


def synthetic_negatives(
    utterances: Sequence[str], *, count: int, seed: int, is_multilingual: bool = False
) -> list[str]:
    """Return `count` distinct texts that differ from all utterances: from the bank while it lasts, then generated.

    Deterministic for the same arguments. A multilingual encoder finds every language familiar, so for such an encoder
    the bank's texts in other languages are left out.
    """
    generator = np.random.default_rng(seed)
    taken = set(utterances)
    bank = [text for text in negative_bank(is_multilingual=is_multilingual) if text not in taken]
    texts = [bank[place] for place in generator.permutation(len(bank))[:count]]
    taken.update(texts)
    maker = _Maker(utterances, bank, generator)
    made = iter(maker)
    while len(texts) < count:
        text = next(made)
        if text not in taken:
            taken.add(text)
            texts.append(text)
    return texts


def negative_bank(*, is_multilingual: bool = False) -> tuple[str, ...]:
    """Read the bank of texts out of scope.

    It holds gibberish, other languages' small talk, prompt injection, pasted logs and code, trivia, verse and the like.
    """
    kinds = _read(NEGATIVE_BANK)
    return tuple(
        text for kind, texts in kinds.items() if not (is_multilingual and kind == OTHER_LANGUAGES) for text in texts
    )


def no_goal_bank() -> tuple[str, ...]:
    """Read texts without a goal: greetings, bare answers and the like."""
    return tuple(text for texts in _read(NO_GOAL_BANK).values() for text in texts)


@cache
def _read(path: Path) -> Mapping[str, Sequence[str]]:
    kinds: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return kinds


class _Maker:
    """Generates texts by turns, from statistics of the rows and from pieces of the bank."""

    def __init__(self, utterances: Sequence[str], bank: Sequence[str], generator: np.random.Generator) -> None:
        words = [utterance.split() for utterance in utterances]
        self._bank = bank or negative_bank()
        self._generator = generator
        self._words = [word for each in words for word in each] or ["word"]
        self._lengths = [len(each) for each in words if each] or [1]
        letters = Counter(letter for word in self._words for letter in word)
        self._letters = list(letters)
        self._shares = np.array(list(letters.values())) / letters.total()
        self._turns: tuple[Callable[[], str], ...] = (
            self._mash, self._anagrams, self._codes, self._splice, self._log_line
        )  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        """Generate texts without end. With few letters, texts repeat."""
        return (make() for make in cycle(self._turns))

    def _mash(self) -> str:
        """Make words with the word lengths and the letter frequencies of the rows."""
        return " ".join(
            "".join(self._letters[place] for place in self._generator.choice(len(self._letters), size, p=self._shares))
            for size in map(len, self._some_words())
        )

    def _anagrams(self) -> str:
        return " ".join("".join(self._generator.permutation(list(word))) for word in self._some_words())

    def _codes(self) -> str:
        sizes = self._generator.integers(3, 16, size=self._generator.integers(1, 8))
        places = [self._generator.integers(len(CODE_LETTERS), size=size) for size in sizes]
        return " ".join("".join(CODE_LETTERS[place] for place in code) for code in places)

    def _splice(self) -> str:
        """Join the first half of one text of the bank and the second half of another."""
        places = self._generator.integers(len(self._bank), size=2)
        first, second = (self._bank[place].split() for place in places)
        return " ".join([*first[: (len(first) + 1) // 2], *second[len(second) // 2 :]])

    def _log_line(self) -> str:
        part, level = self._one_of(PARTS), self._one_of(LEVELS)
        code, took = self._generator.integers(1, 9999, size=2)
        hour, minute, second = (int(self._generator.integers(limit)) for limit in (24, 60, 60))
        return self._one_of(
            (
                f"{hour:02}:{minute:02}:{second:02} {level} {part}-{second}: code={code} took={took}ms",
                f'{{"level": "{level.lower()}", "{part}": {code}, "ok": false, "bytes": {took}}}',
                f"[{level}] {part}{minute} ({code}) rc={hour} 0x{took:08x}",
                f"{part},{code},{hour}.{minute},{level}",
            )
        )

    def _some_words(self) -> list[str]:
        length = self._lengths[self._generator.integers(len(self._lengths))]
        return [self._words[place] for place in self._generator.integers(len(self._words), size=length)]

    def _one_of(self, choices: Sequence[str]) -> str:
        return choices[int(self._generator.integers(len(choices)))]
