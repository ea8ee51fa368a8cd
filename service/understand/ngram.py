"""Integer keys of a token sequence's n-grams. The same function trains and serves the lexical head.

A key is one integer: `a` for a single token, `V + a*V + b` for two neighbours and `V + V*V + a*V + c` for two tokens
with one between them, where `V` is the size of the vocabulary. Integers are quicker to build than strings.
"""

from __future__ import annotations

from collections.abc import Sequence


def ngram_keys(token_ids: Sequence[int], vocabulary_size: int) -> set[int]:
    """Return the distinct keys of one text. The special tokens at both ends of `token_ids` mark its edges."""
    size = vocabulary_size
    keys = set(token_ids[1:-1])
    previous = -1
    before = -1
    skip_offset = size + size * size
    for token in token_ids:
        if previous >= 0:
            keys.add(size + previous * size + token)
            if before >= 0:
                keys.add(skip_offset + before * size + token)
        before = previous
        previous = token
    return keys
