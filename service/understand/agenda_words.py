"""Cue words of English by which a turn speaks about its contact's goals: settled, replaced, resumed, tried in vain.

A cue only counts if the contact has a goal that it may be about. The caller knows the goals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from service.understand.correction import with_plain_apostrophes

LONGEST: Final = 240
"""Characters above which a turn is a story of its own, and its cues are part of the story."""

_THING = r"(?:the|my|that|this|our|those|these)\ (?P<{name}>[\w'-]+(?:\ [\w'-]+){{0,3}}?)"
_END = (
    r"(?=\s*(?:[,.;!?)]|$|\b(?:thanks|thank|now|after|already|anyway|actually|though|instead|for\ now|please"
    r"|i|it|we)\b))"
)
SETTLED: Final = re.compile(
    rf"""\b(?:
        (?:(?:i|we)(?:'ve|\ have)?|just|finally)\ (?:just\ |finally\ |now\ |already\ ){{0,2}}(?:found|got|located
        |solved|sorted|fixed|received)
            \ (?:it|them|that|{_THING.format(name="found")})(?:\ (?:out|back|myself|now|again|already))?
            (?=\s*(?:[,.;!)]|$|\b(?:after\ all|thanks|thank|now|already|anyway|myself|so\b|in\ the)\b))
      | (?:that|this|it)(?:'s|\ is|\ has\ been|\ got|'s\ been|\ one\ is)\ (?:all\ |been\ |now\ |already\ ){{0,2}}
            (?:sorted|settled|solved|resolved|fixed|dealt\ with|taken\ care\ of|cleared\ up|no\ longer\ (?:needed
            |necessary|an?\ \w+))
      | (?:that|it|{_THING.format(name="came")})\ (?:has\ |have\ |just\ |finally\ |'s\ ){{0,2}}(?:turned\ up
      |shown\ up|showed\ up|arrived\ after\ all|come\ after\ all|came\ after\ all)
      | (?:forget|scrap|skip|drop|leave|ignore|scratch|cancel\ that
      |never\ ?mind)\ (?:about\ )?{_THING.format(name="forgotten")}{_END}
      | (?:i|we)\ (?:no\ longer|don'?t|do\ not)\ (?:need|want|have\ to\ \w+)\ (?:{_THING.format(name="needless")}
      |it|that|this)
            (?:\ any\ ?more|\ now|\ after\ all|\ any\ longer)?{_END}
      | no\ need\ (?:for|to\ \w+)\ (?:{_THING.format(name="spared")}|it|that)\ (?:any\ ?more|now|after\ all)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A goal that is taken back or settled. A named group holds the thing, if the words name one."""
OTHER: Final = re.compile(
    r"""\W*(?:(?:ok|okay|and|so|now|right|then|thanks|well|great|good|alright|but|back\ to|let'?s\ (?:do|get\ to
    |go\ to|turn\ to)
        |what\ about|how\ about|what\ of|about|with|regarding|can\ we\ (?:do|get\ to|talk\ about))\b[\s,.!]*)*
      (?:the|my)\ (?:other|next|second|remaining|last)\ (?:matter|thing|issue|question|problem|request|point|one
      |topic|errand|bit)\b
      (?:\ (?:then|now|please|too|as\ well|i\ (?:mentioned|asked(?:\ about)?|had)))*\W*""",
    re.IGNORECASE | re.VERBOSE,
)
PRESENCE: Final = re.compile(
    r"""\W*(?:(?:hi|hello|hey|hallo|um|so|ok|okay|sorry|excuse\ me)\b\W*)*
      (?:(?:are|r)\ (?:you|u)\ (?:still\ )?(?:there|here|around|with\ me|listening)|(?:is\ )?(?:any(?:one|body)
      |some(?:one|body))\ (?:still\ )?(?:there|here|around|coming)
        |(?:still|u|you)\ (?:still\ )?there|still\ (?:here|waiting)|(?:i'?m|i\ am)\ (?:still\ )?(?:waiting|here
        |holding)
        |how\ (?:much\ longer|long\ (?:will|is|does|do)\ (?:it|this|the\ wait|i)(?:\ (?:take|be|have\ to\ wait
        |still\ take))?)
        |did\ (?:you|u)\ get\ (?:that|my\ message)|(?:any\ )?(?:news|update)s?)\W*(?:please|yet|then|\W)*""",
    re.IGNORECASE | re.VERBOSE,
)
"""The whole turn asks if somebody is there."""
IN_VAIN: Final = re.compile(
    r"""\b(?:
        still\ (?:not|no|nothing|hasn'?t|haven'?t|isn'?t|doesn'?t|can'?t|cannot|won'?t|don'?t|didn'?t|the\ same
        |broken|stuck|failing|waiting|want|need)
      | (?:has|have|is|does|did|do)(?:n'?t|\ not)\ (?:\w+\ )?(?:worked?|help(?:ed)?|changed?|come|happened)
      | (?:i|we)(?:'ve|\ have)?\ (?:already\ |just\ |only\ just\ )?(?:tried|done|did|used|been\ (?:on|to|there)
      |filled\ (?:in|out))\ (?:that|it|this|there|your|the)
      | (?:already|just)\ (?:tried|did|done)\b | tried\ (?:that|it)\ (?:already|before|twice|again)
      | (?:did|does|do)n'?t\ (?:help|work) | (?:no|without)\ (?:luck|joy|success) | (?:nothing
      |no\ \w+)\ (?:has\ )?(?:happened|happens|changed|came|arrived)
      | (?:no\ ?one|nobody)\ (?:has\ |ever\ |even\ ){0,2}(?:called|rang|rung|phoned|answered|answers|replied
      |replies|wrote|written|came|come|picks|picked|got|contacted)
      | (?:you|they)\ never\ (?:called|rang|phoned|answered|replied|wrote|got\ back)
      | (?:told|asked|said|explained|tried)\b[^.!?]{0,30}\b(?:twice|(?:two|three|four|five|several|many|\d+)\ times
      |(?:second|third|fourth)\ time)
      | (?:for\ the\ |the\ )?(?:second|third|fourth|fifth|hundredth|umpteenth)\ time\b | how\ many\ times
      | again\ and\ again
      | (?:same|another)\ (?:error|message|problem|result|page\ again) | back\ (?:where\ i\ (?:was|started)
      |to\ square\ one|again\ because)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""The way that the customer was shown failed."""
PAGE_FAILS: Final = re.compile(
    r"""\b(?:your|the|that|this|its?)\ (?:[\w-]+\ ){0,2}?(?:page|link|form|site|website|button|portal|app|url
    |address)\b[^.!?]{0,30}?
          \b(?:(?:does|do|did|is|was|will|can)(?:n'?t|\ not)|won'?t|can'?t|broken|down|empty|blank|dead|stuck
          |fails?|failed|crashe[sd]|hangs|errors?|404|500|nowhere|keeps)
      | \b(?:link|page|form|website)\ (?:is\ )?(?:broken|dead|empty|blank|down|not\ (?:working|found|loading))
      | \b404\b | \bpage\ (?:not\ found|won'?t)""",
    re.IGNORECASE | re.VERBOSE,
)
"""The page that the customer was sent to fails."""
REPLACED: Final = re.compile(
    r"""^\W*(?:(?:no|nope|oh|sorry|hmm+|um|wait|actually|ah)\b\W*)*(?:not\ (?:that(?:\ one)?|this(?:\ one)?
    |the\ \w+(?:\ one)?|what\ i\ (?:meant|asked|said|want(?:ed)?))
        |that(?:'s|\ is|\ was)\ (?:not|wrong)(?:\ (?:what\ i\ (?:meant|asked|said|wanted?)|it|right|the\ one))?
        |(?:that\ is|that's|it's)n?'?t?\ not\ what\ i\b)
        \s*(?:[,.;:!\u2013\u2014-]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
INSTEAD: Final = re.compile(
    r"\b(?:instead(?!\ of\b)|rather\ than\ that|after\ all)\b\W*(?:please|then|now|\W)*$", re.IGNORECASE
)
"""The goal in this turn takes the place of the goal before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaWords:
    """The cues of one turn."""

    is_settled: bool = False
    """A goal is settled or taken back."""
    thing: str | None = None
    """Words for the thing that is settled or forgotten. `None` for "it" and "that"."""
    turns_to_other: bool = False
    """"And the other matter": another goal of the contact is served now."""
    asks_presence: bool = False
    """"Are you still there?": the contact goes on with what is under way."""
    is_in_vain: bool = False
    """"Still not", "I tried that": the next way is needed."""
    page_fails: bool = False
    replaces: bool = False
    """"Not that one": the goal being served is wrong."""
    comes_instead: bool = False
    """"… instead": a new goal in the turn replaces the goal being served."""


NO_CUES: Final = AgendaWords()


def agenda_words(utterance: str) -> AgendaWords:
    """Return the cues of a turn."""
    text = with_plain_apostrophes(utterance)
    if len(text) > LONGEST:
        return NO_CUES
    settled = SETTLED.search(text)
    return AgendaWords(
        is_settled=settled is not None and "?" not in text,
        thing=next(filter(None, settled.groupdict().values()), None) if settled is not None else None,
        turns_to_other=OTHER.fullmatch(text) is not None,
        asks_presence=PRESENCE.fullmatch(text) is not None,
        is_in_vain=IN_VAIN.search(text) is not None,
        page_fails=PAGE_FAILS.search(text) is not None,
        replaces=REPLACED.search(text) is not None,
        comes_instead=INSTEAD.search(text) is not None,
    )
