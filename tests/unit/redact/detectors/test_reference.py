"""Numbers a company gave; the cue names the placeholder, without one only length speaks."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("where is order 100482217", "where is order <order_number>", "bare cue, long enough"),
        ("Order number: GB-2219-88417", "Order number: <order_number>", "mixed"),
        ("order no. is 7 7 4 1 2 9 0", "order no. is <order_number>", "digit by digit"),
        ("order number 482", "order number <order_number>", "short, but said to be a number"),
        ("I ordered #4471982", "I ordered #<order_number>", "a hash"),
        ("booking reference ZK4T9W", "booking reference <booking_number>", "mixed, short"),
        ("confirmation code H8821XX", "confirmation code <booking_number>", "confirmation means a booking"),
        ("account 88123409, sort code 40-11-22", "account <account_number>, sort code <account_number>", "bank"),
        ("policy number PL/8830/22917", "policy number <account_number>", "slashes"),
        ("My reference is REF-88X21Q", "My reference is <reference>", "the cue is part of the value"),
        ("ticket number 482910", "ticket number <reference>", "case"),
        ("tracking RM123456785GB", "tracking <reference>", "parcel"),
        ("8123459 is my order number", "<order_number> is my order number", "the cue follows"),
        ("my thing is 81234599", "my thing is <number>", "long, unnamed"),
        ("1 2 3 4 5 6 7 8", "<number>", "digit by digit, unnamed"),
        ("ABX-7743-221-K", "<reference>", "long mixture, unnamed"),
        ("550e8400-e29b-41d4-a716-446655440000", "<reference>", "a UUID"),
        ("order 12 chairs", "order 12 chairs", "a quantity"),
        ("order from 12/05/2026", "order from 12/05/2026", "a date"),
        ("my order was 84.20", "my order was 84.20", "an amount"),
        ("my order number is not recognised", "my order number is not recognised", "no number"),
        ("account is 3 years old", "account is 3 years old", "an age"),
        ("error 404, then error 50331648", "error 404, then error 50331648", "error codes, long ones too"),
        ("washing machine shows E17", "washing machine shows E17", "an error code"),
        ("iphone 13, model X200, Galaxy S24, WH-1000XM4", "iphone 13, model X200, Galaxy S24, WH-1000XM4", "products"),
        ("update KB5034441 fails", "update KB5034441 fails", "a known patch"),
        ("room 214 for 2 nights at 19:30", "room 214 for 2 nights at 19:30", "room, nights, time"),
        ("size 10 UK, 44 EU, 2 x 500 ml", "size 10 UK, 44 EU, 2 x 500 ml", "sizes"),
        ("a refund of $1,299.00 of 120 euros", "a refund of $1,299.00 of 120 euros", "prices"),
        ("in 2019, 2020 and 2021", "in 2019, 2020 and 2021", "years"),
        ("on 28102026 please", "on 28102026 please", "a date without separators"),
        ("open 24/7, 100% yours", "open 24/7, 100% yours", "idioms"),
        ("booking K9TZ4L for two", "booking <booking_number> for two", "capitals among digits"),
        ("coupon SUMMER15 fails", "coupon SUMMER15 fails", "a code for everybody"),
        ("customer no C 4471 903.", "customer no <account_number>.", "a letter apart"),
        ("order number for 4471903 please", "order number for <order_number> please", "a word apart"),
        ("flight ZZ 318 is late", "flight ZZ 318 is late", "a flight"),
        ("serial E10Z 998 2213", "serial <reference>", "groups behind a letter"),
        ("my car reg is AB12 CDE", "my car reg is <reference>", "a plate"),
        ("the AB12 CDE model", "the AB12 CDE model", "no car spoken of"),
        ("60x40x35 cm and 160x200", "60x40x35 cm and 160x200", "sizes"),
    ],
)
def test_reference(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
