"""Streets, boxes and postcodes, and the numbers and places that are none."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        (
            "Deliver to 14 Acacia Avenue, Leeds LS1 4AP",
            "Deliver to <address>, Leeds <postcode>",
            "street, city stays, postcode",
        ),
        ("221B Baker Street", "<address>", "letter in the number"),
        ("1428 Elm St, Springfield, IL 62704", "<address>, Springfield, <address>", "state and zip"),
        ("1600 N Harbor Blvd, Apt 9", "<address>", "direction and apartment"),
        ("i live at 9 mill lane", "i live at <address>", "small letters"),
        ("Flat 2, 18 Queens Road", "<address>", "flat before the street"),
        ("P.O. Box 482, Reno NV 89501", "<address>, Reno <address>", "box"),
        ("address: The Old Rectory, Church Lane", "address: <address>", "a house with a name"),
        ("Musterstraße 12, 10115 Berlin", "<address>, <postcode> Berlin", "German"),
        ("12 rue de la Paix, 75002 Paris", "<address>, <postcode> Paris", "French"),
        ("calle de Alcalá 45", "<address>", "Spanish"),
        ("my postcode is se1 9gf", "my postcode is <postcode>", "small letters"),
        ("zip code 60614", "zip code <postcode>", "zip by its cue"),
        ("ON M5V 2T6", "ON <postcode>", "Canadian"),
        ("the store on high street was closed", "the store on high street was closed", "no number"),
        ("5 minutes walk from the station", "5 minutes walk from the station", "a distance"),
        ("2 adults in a park view room", "2 adults in a park view room", "people and a view"),
        ("I live on this street", "I live on this street", "points, does not name"),
        ("error E17 1st time", "error E17 1st time", "an error code and an ordinal"),
        ("the S24 5GB plan", "the S24 5GB plan", "a model and a data plan"),
        ("is the store near king street", "is the store near king street", "no number"),
        ("5/112 Banksia Crescent, Geelong VIC 3220", "<address>, Geelong VIC <postcode>", "Australian"),
        ("i moved to T12 X7K2 last week", "i moved to <postcode> last week", "Eircode"),
        ("Lindenweg 118-2, 1017 GP Amsterdam", "<address>, <postcode> Amsterdam", "a flat behind the house"),
        ("ul. Lipowa 14/6, 30-612 Kraków", "<address>, <postcode> Kraków", "Polish"),
        ("the M25 2024 works", "the M25 2024 works", "a motorway and a year"),
        ("the Consumer Rights ACT 2015", "the Consumer Rights ACT 2015", "a law"),
    ],
)
def test_address(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
