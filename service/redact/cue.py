"""Words that tell the meaning of a number beside them, so that the number's placeholder keeps the meaning."""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import itemgetter

from service.redact.span import Kind
from service.redact.word import Phrase, Words, first_words

_BACK = 48
_AHEAD = 28

_WORDS: dict[Kind, str] = {
    Kind.SECRET: "pin|passcode|password|cvv|cvc|otp|(?:security|verification|access|login|one[- ]time) code",
    Kind.CARD: "card|visa|mastercard|amex",
    Kind.NATIONAL_ID: "ssn|social security|nhs|passport|national insurance|bsn|aadhaar|cpf|licence|license",
    Kind.ORDER_NUMBER: "order|orders|ordered|purchase|bestellung|bestellnummer|commande|pedido",
    Kind.BOOKING_NUMBER: (
        "booking|bookings|booked|reservation|reservations|confirmation|itinerary|pnr|reserva|buchung|réservation"
    ),
    Kind.ACCOUNT_NUMBER: (
        "account|accounts|acct|a/c|customer|client|member|membership|policy|loyalty|subscriber|subscription|contract|"
        "sort code|meter|konto|kundennummer|cuenta|compte"
    ),
    Kind.REFERENCE: (
        "ref|reference|case|ticket|tracking|parcel|package|shipment|consignment|invoice|receipt|serial|claim|"
        "complaint|incident|voucher|coupon|imei|vin|registration|reg|warranty|quote|request"
    ),
    Kind.PHONE: (
        "call|calls|calling|ring|phone|telephone|mobile|cell|landline|tel|reach|whatsapp|fax|text|sms|handy|móvil|"
        "teléfono|téléphone|telefon|llamarme|rufen|appelez|dial|(?:my|the) number|contact"
    ),
}
_KINDS = tuple(_WORDS)
_CUE = Phrase(
    first_words("|".join(_WORDS.values())),
    re.compile(r"(?<!\w)(?:" + "|".join(f"({words})" for words in _WORDS.values()) + r")(?!\w)"),
)
# a placeholder (see text.OPAQUE) has used up the cue before it
_PLACEHOLDER = re.compile("\ue000+")
_AHEAD_IS = re.compile(r"[ ,]{1,2}(?:is|was|are) (?:my|the|our) ")


class Cues:
    """All cues of one text, searched once, and only if a detector asks about a number."""

    __slots__ = ("_ends", "_kinds", "_lowered", "_starts", "_words")

    def __init__(self, lowered: str, words: Words) -> None:
        self._lowered = lowered
        self._words = words
        self._starts: list[int] | None = None
        self._ends: list[int] = []
        self._kinds: list[Kind | None] = []

    def kind_at(self, start: int, end: int | None = None) -> Kind | None:
        """Return the kind of the nearest cue before `start`, or of a cue after `end` as in `… is my order number`."""
        starts = self._looked_up()
        nearest = bisect_right(self._ends, start) - 1
        if nearest >= 0 and starts[nearest] >= start - _BACK:
            return self._kinds[nearest]
        if end is not None and (after := _AHEAD_IS.match(self._lowered, end)):
            following = bisect_right(self._ends, after.end())
            if following < len(starts) and starts[following] <= after.end() + _AHEAD:
                return self._kinds[following]
        return None

    def _looked_up(self) -> list[int]:
        if self._starts is None:
            self._starts = []
            cues: list[tuple[int, int, Kind | None]] = [
                (*match.span(), _KINDS[(match.lastindex or 1) - 1]) for match in self._words.finditer(_CUE)
            ]
            cues += ((*match.span(), None) for match in _PLACEHOLDER.finditer(self._lowered))
            for start, end, kind in sorted(cues, key=itemgetter(0)):
                self._starts.append(start)
                self._ends.append(end)
                self._kinds.append(kind)
        return self._starts
