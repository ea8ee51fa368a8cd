"""Small classes of English words that tell where a detail begins and ends."""

from __future__ import annotations


def in_order(text: str) -> tuple[str, ...]:
    """Return the words of a text with blanks between them."""
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(in_order(text))


ABBREVIATIONS = _words("dr mr mrs ms st no nr vs approx jr sr")
"""Words that may have a full stop inside a sentence."""
FILLERS = _words("um umm uh uhh uhm er erm hm hmm ah eh like well so ok okay oh just really actually maybe perhaps")
ADJECTIVES = _words(
    """red blue green yellow black white grey gray pink purple orange brown beige navy silver gold cream small medium
    large big little tiny huge xs s m l xl xxl new old round square long short wooden soft size colour color"""
)
"""Colours, sizes and forms: they stand before a noun with commas between them, or behind it with `in`."""
POSSESSIVES = _words("my our your his her their its")
DETERMINERS = POSSESSIVES | _words("the a an this that these those some any another")
PRONOUNS = _words(
    """i you he she it we they me him us them one ones someone somebody anyone anybody something anything nothing
    everything mine yours i'm i've i'd i'll im ive you're we're we've it's its that's thats he's she's they're u"""
)
PEOPLE = _words(
    """niece nephew daughter son wife husband mum mom mother dad father sister brother friend friends girlfriend
    boyfriend grandma grandson granddaughter grandchild kid kids child children mother's someone myself"""
)
OCCASIONS = _words("christmas xmas birthday easter wedding anniversary holiday holidays weekend work school sale free")
POLITE = _words("please pls plz thanks thank thankyou cheers ta sorry hi hello hey mate sir madam bye goodbye")
LEADS = DETERMINERS | FILLERS | POLITE | _words("still also got either both kind me us")
"""Words that stand before a noun group and are no part of it."""
ENDS = (
    PRONOUNS
    | POLITE
    | _words(
        """on at by from to because since cause cos which who that whose as but if when where why how what than then
        while until till during before after about into is are was were be been being am isn't aren't wasn't
        do does did don't doesn't didn't dont have has had haven't hasn't can can't cant cannot could
        couldn't will won't would wouldn't should may might must want wants wanted need needs needed got get
        gets go goes going gone went know think see hope left anywhere somewhere available still yet now
        again back instead online here there not never no only already aside today tonight tomorrow yesterday soon
        asap urgently lately recently anymore though anyway too also so or arrived came broke broken stopped
        doesnt isnt wont please near nearby via through ordered bought wait let ask tell say said says looks
        looking seems works worked working"""
    )
)
"""Words that end a noun group."""
VERBS = _words(
    """wrap send cancel return refund change call ring tell find hold keep reserve book check deliver put bring give
    make pay exchange replace track pick collect help"""
)
"""Verbs after `and` that begin another request."""
JOINS = _words("and & or n")
NUMBERLESS = _words(
    """problem problems question questions issue issues trouble look way chance minute moment second idea clue person
    people human agent operator representative advisor adviser manager supervisor staff member help hand hope feeling
    complaint receipt account order orders parcel package delivery refund money shop shops store stores branch number
    reservation booking bill invoice email e-mail mail message call time day reply answer response thing things
    stuff rest lot bit few reason appointment contract subscription password username website site app page link
    information info details out hold touch present gift gifts something"""
)
"""Nouns of talk rather than items after `have`, `find` or `about`: `I have a question`."""
NEGATIONS = _words(
    "not no never without don't dont doesn't didn't isn't isnt wasn't won't haven't ain't nor neither can't wouldn't"
)
CORRECTORS = _words("no nope sorry rather actually meant mean wait correction instead oops")
"""Words between a value and the value that replaces it."""
UNITS = _words(
    """night nights day days week weeks fortnight month months year years hour hours hr hrs minute minutes min mins
    second seconds am pm o'clock pound pounds quid euro euros dollar dollars pence cents percent kg g ml litre litres
    miles mile km cm mm metres inch inches stars star times"""
)
"""Words that make a number an amount of something else."""
FUNCTION = (
    DETERMINERS
    | PRONOUNS
    | FILLERS
    | POLITE
    | _words(
        """for of to at on in by from with about until till and or is are was be it's do does did am as that me the if
        than into can could would will have has got get need want find like i"""
    )
)
"""Words that tell too little to be a cue on their own if a better word stands beside them."""
