"""Turn text into token ids. Length is limited before anything is computed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer as FastTokenizer
from tokenizers.models import WordPiece

from service.understand.spelling import Speller

MAX_TOKENS = 128
"""Word pieces that are read of one segment. A longer segment is cut."""
MAX_CHARACTERS = 2_000
"""Characters that the tokenizer is given. The tokenizer's cost grows with the text even if its result is cut."""


WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
"""Runs of letters and digits, and single marks. BERT's own splitter cuts ASCII text in the same way."""


class Tokenizer:
    """Turns utterances into token ids, with special tokens at both ends."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = FastTokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.vocabulary_size: int = self._tokenizer.get_vocab_size()
        self._edges: list[int] = self._tokenizer.encode("").ids
        is_candidate = isinstance(self._tokenizer.model, WordPiece) and len(self._edges) == 2
        self._whole_words = _whole_words(path) if is_candidate else {}

    def token_ids(self, utterance: str, speller: Speller | None = None) -> list[int]:
        """Return the ids of one utterance, at most `MAX_TOKENS`. A `speller` corrects words of plain ASCII text."""
        text = utterance[:MAX_CHARACTERS]
        if self._whole_words and text.isascii() and text.isprintable():
            return self._plain_token_ids(text, speller)
        whole = text.encode("utf-8", "replace").decode("utf-8")  # the tokenizer rejects half a surrogate pair
        ids: list[int] = self._tokenizer.encode(whole).ids
        return ids

    def _plain_token_ids(self, text: str, speller: Speller | None) -> list[int]:
        """Return the same ids for ASCII text, faster: most words of customers are whole in the vocabulary."""
        first, last = self._edges
        ids = [first]
        whole_words = self._whole_words
        for written in WORD.findall(text.lower()):
            token = whole_words.get(written)
            if token is None:
                word = (speller and speller.correction(written)) or written
                token = whole_words.get(word)
            if token is None:
                ids.extend(self._tokenizer.encode(word, add_special_tokens=False).ids)
            else:
                ids.append(token)
        del ids[MAX_TOKENS - 1 :]
        ids.append(last)
        return ids

    def is_whole(self, word: str) -> bool:
        """Whether the vocabulary has a lower-case word as one token."""
        return word in self._whole_words

    def tokens(self, token_ids: Sequence[int]) -> list[str]:
        """Return the word pieces of token ids."""
        return [self._tokenizer.id_to_token(token) or "" for token in token_ids]


def _whole_words(path: Path) -> dict[str, int]:
    """Return the words that are one token each. Empty unless the tokenizer is BERT's for lower-cased text.

    A Unigram tokenizer marks the beginnings of words and may join marks to letters, so it has to see the whole text.
    """
    described = json.loads(path.read_text(encoding="utf-8"))
    model, normalizer = described["model"], described.get("normalizer") or {}
    splitter, edges = described.get("pre_tokenizer") or {}, described.get("post_processor") or {}
    kinds = (normalizer.get("type"), splitter.get("type"))
    if kinds != ("BertNormalizer", "BertPreTokenizer") or not normalizer.get("lowercase") or not edges:
        return {}
    prefix = model["continuing_subword_prefix"]
    return {
        word: token for word, token in model["vocab"].items() if WORD.fullmatch(word) and not word.startswith(prefix)
    }
