"""Text to token ids, with a bound on length before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer as FastTokenizer

MAX_TOKENS = 128
"""Word pieces read of one segment; a longer segment is cut."""
MAX_CHARACTERS = 2_000
"""Characters handed to the tokenizer; its own cost grows with the text even when the result is cut."""


class Tokenizer:
    """Token ids of utterances, special tokens at both ends."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = FastTokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.vocabulary_size: int = self._tokenizer.get_vocab_size()

    def token_ids(self, utterance: str) -> list[int]:
        """Ids of one utterance, at most `MAX_TOKENS` of them."""
        ids: list[int] = self._tokenizer.encode(utterance[:MAX_CHARACTERS]).ids
        return ids

    def tokens(self, utterance: str) -> list[str]:
        """Word pieces of one utterance, special tokens included."""
        pieces: list[str] = self._tokenizer.encode(utterance[:MAX_CHARACTERS]).tokens
        return pieces

    def token_ids_of(self, utterances: Sequence[str]) -> list[list[int]]:
        """Ids of many utterances, computed in parallel."""
        encodings = self._tokenizer.encode_batch([utterance[:MAX_CHARACTERS] for utterance in utterances])
        return [encoding.ids for encoding in encodings]
