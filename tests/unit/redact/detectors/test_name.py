"""Names near a cue, and what only sounds like one."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("My name is Tom Hardy and I want to return it", "My name is <name> and I want to return it", "said"),
        ("my name's aisha khan, i have a booking", "my name's <name>, i have a booking", "small letters"),
        ("I'm Jane Smith, calling about a refund", "I'm <name>, calling about a refund", "presented"),
        ("This is Kwame speaking", "This is <name> speaking", "presented"),
        ("this is kwame speaking", "this is <name> speaking", "small letters"),
        ("Tom Hardy here", "<name> here", "before here"),
        ("my name is emily kelly", "my name is <name>", "names that end like adverbs"),
        ("\u201cRegards\u2026\nTom\u201d", "\u201cRegards\u2026\n<name>\u201d", "printer's marks"),
        ("Mr Osei called", "Mr <name> called", "title"),
        ("mrs patel and i", "mrs <name> and i", "title, small letters"),
        ("Mrs. O'Brien", "Mrs. <name>", "title with a dot; apostrophe"),
        ("Regards,\nTom Hardy", "Regards,\n<name>", "signed"),
        ("thanks,\nmarco", "thanks,\n<name>", "signed, small letters"),
        ("Yours sincerely\nP. J. Whitfield", "Yours sincerely\n<name>", "initials"),
        ("je m'appelle Claire Dubois", "je m'appelle <name>", "French"),
        ("under the name Lindgren", "under the name <name>", "booking"),
        ("my late husband Jakob McGee", "my late husband <name>", "kin"),
        ("I\u2019m Ludwig van Beethoven.", "I\u2019m <name>.", "curly apostrophe, particle"),
        ("I'm trying to return a kettle", "I'm trying to return a kettle", "a verb"),
        ("I'm Really Annoyed", "I'm Really Annoyed", "capitals for anger"),
        ("I'M FURIOUS, NOBODY ANSWERS", "I'M FURIOUS, NOBODY ANSWERS", "capitals throughout"),
        ("I'm Scottish and like tea", "I'm Scottish and like tea", "an origin"),
        (
            "this is ridiculous, speaking as a customer",
            "this is ridiculous, speaking as a customer",
            "an adjective before speaking",
        ),
        ("this is ridiculous speaking", "this is ridiculous speaking", "an adjective before speaking, no comma"),
        ("this is the third time I ask", "this is the third time I ask", "an article"),
        ("my name is spelled wrong", "my name is spelled wrong", "about the name"),
        ("the product name is Kettle Pro", "the product name is Kettle Pro", "a product"),
        ("Thanks,\nI will wait for your answer", "Thanks,\nI will wait for your answer", "a sentence under the thanks"),
        ("thanks, bye", "thanks, bye", "no name"),
        ("dr pepper and dr martens", "dr pepper and dr martens", "brands"),
        ("did I miss the bus", "did I miss the bus", "miss as a verb"),
        ("ask for Imre when you ring", "ask for <name> when you ring", "asked for"),
        ("ask for Refunds or ask for help", "ask for Refunds or ask for help", "desks"),
        ("the account holder is Rosa Quint", "the account holder is <name>", "of an account"),
        ("my gran's name is Ethel Moss, she is 91", "my gran's name is <name>, she is 91", "somebody's name"),
        ("the shop's name is on the bag", "the shop's name is on the bag", "no name follows"),
        ("it is spelled S I N E A D", "it is spelled <name>", "letter by letter"),
        ("it is spelled with a K", "it is spelled with a K", "one letter"),
        ("Frau Dr. Lindqvist rang", "Frau Dr. <name> rang", "two titles"),
        ("Ida from Rosa Quint Studio here", "Ida from <name> here", "three words"),
    ],
)
def test_name(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
