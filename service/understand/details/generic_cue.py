"""Cues of the language itself: words before a noun group that tell the object of an errand."""

from __future__ import annotations

from service.understand.details.said import Said
from service.understand.details.vocabulary import DETERMINERS, FILLERS, NEGATIONS, POSSESSIVES, in_order

_SEEKING = in_order("looking look searching search hunting shopping")
_BEING = in_order("it's its is question asking enquiring inquiring calling writing")
_SELLING = in_order("have got stock sell carry do keep")
_OWNING = in_order("bought ordered purchased received")
_STRONG = frozenset(
    {
        *((verb, "for") for verb in _SEEKING),
        *((be, "after") for be in ("i'm", "im", "am", "we're")),
        *((be, "about") for be in _BEING),
        *((who, sell) for who in ("you", "u") for sell in _SELLING),
        *((who, sell) for who in ("shops", "stores", "anyone", "they") for sell in ("have", "sell", "stock")),
        *((who, own) for who in ("i", "we", "i've") for own in _OWNING),
    }
)
"""Pairs of words before a noun group, with or without an article."""
_ASKING = frozenset((("where", "is"), ("much", "is"), ("much", "for"), ("price", "of"), ("price", "for")))
_CORRECTING = frozenset((("i", "meant"), ("i", "mean")))
_WEAK = frozenset(
    in_order(
        """have has got find found stock sell buy order return exchange replace reserve want need get ordered bought
        purchased received hold keep put set wrap see about with where's lost"""
    )
)
"""Words before a noun group that has an article."""
_ARTICLES = DETERMINERS | FILLERS | {"one", "me", "us"}
_OWNS = frozenset(("have", "haven't", "got", "get", "want", "need"))


def is_correction_cue(said: Said, at: int) -> bool:
    """Return whether a noun group after a word replaces an earlier noun group: `I meant the blue one`."""
    return at > 0 and (said.words[at - 1].text, said.words[at].text) in _CORRECTING


def is_generic_cue(said: Said, at: int) -> bool:
    """Return whether a noun group after a word is likely to be the object of an errand."""
    pair = (said.words[at - 1].text if at else "", said.words[at].text)
    is_weak = pair[1] in _WEAK or pair in _ASKING
    return (pair in _STRONG or (is_weak and _has_article(said, at + 1))) and not _is_denied(said, at)


def _has_article(said: Said, at: int) -> bool:
    following, is_owned = said.words[at].text, said.words[at - 1].text in _OWNS
    # "I have my bag" and "get my phone to connect" tell of a thing that is there already
    return following in _ARTICLES and not (is_owned and following in POSSESSIVES)


def _is_denied(said: Said, at: int) -> bool:
    """Return whether a customer lacks or declines the object: `I don't have the receipt`."""
    if said.words[at].text not in _OWNS or at < 2:
        return False
    return said.words[at - 1].text in NEGATIONS and said.words[at - 2].text in ("i", "we")
