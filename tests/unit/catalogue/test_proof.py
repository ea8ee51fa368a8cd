"""That no path ends nowhere: what is proved, and an example of each kind of path that does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path as Folder
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from service.catalogue.hours import OpeningHours
from service.catalogue.loader import check_catalogue, load_catalogue, starter_folder
from service.catalogue.proof import Proof, prove
from service.catalogue.schema import Path, Policy, Rung
from service.domain.understanding import Channel
from service.errors import CatalogueError
from tests.support.catalogues import write_catalogue
from tests.support.faulty import ADVICE

Written = dict[str, Any]

MONDAY = date(2026, 3, 2)
BRITAIN = Policy(timezone="Europe/London", holidays="GB")

PAGE = {"kind": "self_service", "name": "stock-page", "url": "/stock"}
DESK = {"kind": "queue", "name": "store-desk", "max_wait_seconds": 120}
LOOKUP = {"kind": "http", "name": "stock-lookup", "url": "https://stock.example"}
CALLBACK = {"kind": "callback", "name": "store-callback", "within": "PT4H"}
MAIL = {"kind": "email", "name": "store-mail", "within": "P1D"}


def when(hours: str, rung: Written) -> Written:
    return rung | {"hours": hours}


def by(channel: str, rung: Written) -> Written:
    return rung | {"channels": [channel]}


def ladder(*written: Written) -> tuple[Rung, ...]:
    return TypeAdapter(Path).validate_python({"name": "find_product", "rungs": written}).rungs


def proved(*written: Written, policy: Policy = BRITAIN) -> Proof:
    return prove({"find_product": ladder(*written)}, policy, intents=1, first=MONDAY)


OFFICE = "Mo-Sa 09:00-20:00"
QUARTER = "Mo-Sa; Su 00:00-03:15,03:30-24:00"


@pytest.mark.parametrize(
    ("rungs", "sentence", "reason"),
    [
        (
            (PAGE, when(OFFICE, DESK), when(OFFICE, CALLBACK), when(OFFICE, MAIL)),
            "on Monday 00:00, find_product ends nowhere (by voice)",
            "everything has hours, and a page is not for callers",
        ),
        (
            (DESK, when(QUARTER, CALLBACK), when(QUARTER, MAIL)),
            "on Sunday 03:15, with store-desk down, find_product ends nowhere (by voice)",
            "a quarter of an hour in which a desk is all there is",
        ),
        (
            (when(f"{QUARTER}; 2026 Mar 03 off", CALLBACK), when(f"{QUARTER}; 2026 Mar 03 off", MAIL)),
            "on Sunday 03:15, find_product ends nowhere (by voice)",
            "what comes every week is told rather than what comes first",
        ),
        (
            (PAGE, when(OFFICE, DESK), CALLBACK),
            "on Monday 00:00, with store-callback down, find_product ends nowhere (by voice)",
            "who cannot be called at night is left with a page that cannot be opened by speaking",
        ),
        (
            (by("chat", PAGE), when(OFFICE, DESK), MAIL),
            "on Monday 00:00, with store-mail down, find_product ends nowhere (by voice)",
            "the first channel that is turned away is named",
        ),
        (
            (DESK, by("voice", CALLBACK)),
            "on Monday 00:00, with store-desk down, find_product ends nowhere (by chat)",
            "a call back is not for everybody",
        ),
        (
            (DESK, DESK | {"name": "other-desk"}),
            "on Monday 00:00, with every page, queue and service down, find_product ends nowhere (by voice)",
            "desks may all be away at once",
        ),
        (
            (LOOKUP, PAGE | {"channels": list(Channel)}, DESK, by("form", MAIL)),
            "on Monday 00:00, with every page, queue and service down, find_product ends nowhere (by voice)",
            "so may everything that is no promise",
        ),
        (
            (DESK, DESK | {"max_wait_seconds": 900}, when("08:00-24:00", CALLBACK)),
            "on Monday 00:00, with store-desk down, find_product ends nowhere (by voice)",
            "to wait for longer is no other desk",
        ),
        (
            (when("00:00-11:59,12:00-24:00", CALLBACK), when("00:00-12:00,12:01-24:00", MAIL)),
            "on Monday 12:00, with store-callback down, find_product ends nowhere (by voice)",
            "a single minute",
        ),
        (
            (when("Jan-Nov", CALLBACK), when("Jan-Nov", MAIL)),
            "on Tuesday 1 December 2026 00:00, find_product ends nowhere (by voice)",
            "a season",
        ),
        (
            (when("Mo-Su; PH off", CALLBACK), when("Mo-Su; PH off", MAIL)),
            "on Friday 3 April 2026 00:00, find_product ends nowhere (by voice)",
            "a public holiday",
        ),
        (
            (when("2026", CALLBACK), when("2026", MAIL)),
            "on Friday 1 January 2027 00:00, find_product ends nowhere (by voice)",
            "hours that come to an end",
        ),
        (
            (when("Mo-Su unknown", CALLBACK), MAIL),
            "on Monday 00:00, with store-mail down, find_product ends nowhere (by voice)",
            "hours that nobody has promised",
        ),
    ],
)
def test_a_dead_end_is_told_in_a_sentence(rungs: tuple[Written, ...], sentence: str, reason: str) -> None:
    """The least that has to be away for it, and the first moment."""
    [dead_end] = proved(*rungs).dead_ends

    assert str(dead_end) == sentence, reason


@pytest.mark.parametrize(
    ("rungs", "policy", "reason"),
    [
        ((CALLBACK, MAIL), BRITAIN, "one promise takes whom the other cannot reach"),
        ((when(OFFICE, DESK), CALLBACK, MAIL), BRITAIN, "a desk may close"),
        ((DESK, CALLBACK), BRITAIN, "a desk day and night, and a promise if it is away"),
        ((LOOKUP, MAIL), BRITAIN, "a service, and a promise if it is away"),
        ((MAIL, DESK), BRITAIN, "the last rung need not be the promise"),
        ((DESK, by("voice", CALLBACK), MAIL | {"channels": [*Channel][1:]}), BRITAIN, "promises may share channels"),
        ((DESK, when("08:00-20:00", CALLBACK), when("20:00-08:00", MAIL)), BRITAIN, "promises may share a day"),
        ((DESK, when("PH off; Mo-Su", CALLBACK), when("PH", MAIL)), BRITAIN, "and holidays"),
        ((when("24/7", CALLBACK), when("Mo-Su 00:00-24:00", MAIL)), BRITAIN, "always, written out"),
        (
            (when("Mo-Su; PH off", CALLBACK), when("Mo-Su; PH off", MAIL)),
            Policy(timezone="Europe/London"),
            "where no country is given, no day is a holiday",
        ),
    ],
)
def test_a_path_without_a_dead_end_is_proved(rungs: tuple[Written, ...], policy: Policy, reason: str) -> None:
    """Whichever rung is the last, and whatever hours the others have."""
    assert proved(*rungs, policy=policy).dead_ends == (), reason


RING = {"kind": "phone", "name": "emergency-services", "number": "112", "say": "If you are in danger, ring 112 now."}
EVERYWHERE = PAGE | {"channels": list(Channel)}


@pytest.mark.parametrize(
    ("rungs", "outage", "reason"),
    [
        ((DESK, RING), None, "the emergency services are there if the whole house is away"),
        ((LOOKUP, DESK, RING), None, "whatever else is called"),
        ((RING,), "emergency-services", "a customer may have no telephone"),
        ((DESK, when(OFFICE, RING)), "store-desk", "a number with hours is closed at night"),
        ((DESK, PAGE, when("24/7", RING)), "every page, queue and service", "hours make it a line of the house"),
    ],
)
def test_a_number_that_is_always_there_takes_contacts(
    rungs: tuple[Written, ...], outage: str | None, reason: str
) -> None:
    """It belongs to others, so that nothing of the house has to be there."""
    assert [dead_end.outage for dead_end in proved(*rungs).dead_ends] == ([outage] if outage else []), reason


@pytest.mark.parametrize(
    ("rungs", "sentence", "reason"),
    [
        ((DESK, CALLBACK), None, "a desk day and night asks for nothing"),
        ((when(OFFICE, DESK), RING, CALLBACK), None, "nor does a number to ring"),
        ((when(OFFICE, DESK), CALLBACK, MAIL, EVERYWHERE), None, "a page for every channel tells when to call"),
        (
            (when(OFFICE, DESK), CALLBACK, MAIL),
            "on Monday 00:00, find_product ends nowhere for a customer who leaves no number or address (by voice)",
            "promises need a number or an address",
        ),
        (
            (PAGE, CALLBACK, MAIL),
            "on Monday 00:00, find_product ends nowhere for a customer who leaves no number or address (by voice)",
            "a caller cannot open a page",
        ),
    ],
)
def test_a_customer_may_leave_no_number_and_no_address(
    rungs: tuple[Written, ...], sentence: str | None, reason: str
) -> None:
    """It is told apart from dead ends, since catalogues of earlier versions have such gaps."""
    proof = proved(*rungs, policy=Policy(timezone="Europe/London"))

    assert [str(gap) for gap in proof.without_details] == ([] if sentence is None else [sentence]), reason
    assert proof.dead_ends == ()


def test_how_much_was_proved_is_told() -> None:
    """In figures that are counted, not claimed."""
    ladders = {"find_product": ladder(PAGE, DESK, CALLBACK, MAIL), "find_store": ladder(CALLBACK, MAIL)}

    proof = prove(ladders, BRITAIN, intents=3, first=MONDAY)

    assert str(proof) == (
        "3 intents, at each of 576,000 minutes (400 days with 6 public holidays and 3 changes of the clock), "
        "on each of 6 channels, in each of up to 6 outages"
    )


def test_nothing_is_proved_of_nothing() -> None:
    """A catalogue whose paths cannot be read has other problems."""
    proof = prove({}, BRITAIN, intents=0, first=MONDAY)

    assert (proof.intents, proof.outages, proof.dead_ends) == (0, 0, ())


WEEKLY = (None, "Mo-Sa 08:00-20:00", "20:00-08:00", "08:00-20:00", "Mo-Fr", "Sa-Su", "Su 03:15-03:30", "24/7", "off")
RUNGS = st.builds(
    lambda rung, name, hours, channels: rung | {"name": name, "hours": hours, "channels": channels},
    rung=st.sampled_from([PAGE, DESK, LOOKUP, CALLBACK, MAIL, RING]),
    name=st.sampled_from(["front", "back", "side"]),
    hours=st.sampled_from(WEEKLY),
    channels=st.none() | st.lists(st.sampled_from(list(Channel)), min_size=1, unique=True),
)
QUARTERS = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=15 * quarter) for quarter in range(672)]
OPEN_AT = {hours: {at for at in QUARTERS if OpeningHours.parse(hours).is_open(at)} for hours in WEEKLY if hours}


def is_shut_at_times(rungs: list[Rung]) -> bool:
    """Some quarter hour and channel that none of these rungs serves."""
    return any(
        not any(rung.serves(channel) and (rung.hours is None or at in OPEN_AT[rung.hours]) for rung in rungs)
        for at in QUARTERS
        for channel in Channel
    )


def ends_nowhere(rungs: tuple[Rung, ...]) -> bool:
    """As it is said rather than as it is computed: some quarter hour, channel and outage that leaves no rung."""
    alone = [{(rung.kind, rung.name)} for rung in rungs]
    of_others = {"callback", "email"}
    systems = {
        (rung.kind, rung.name)
        for rung in rungs
        if rung.kind not in of_others and (rung.kind != "phone" or rung.hours is not None)
    }
    for down, channel in product([set(), *alone, systems], Channel):
        left = [rung for rung in rungs if (rung.kind, rung.name) not in down and rung.serves(channel)]
        if any(not any(rung.hours is None or at in OPEN_AT[rung.hours] for rung in left) for at in QUARTERS):
            return True
    return False


@given(rungs=st.lists(RUNGS, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_the_proof_agrees_with_trying_everything(rungs: list[Written]) -> None:
    """For hours that are the same every week and change at quarters, a week's quarter hours are all there is."""
    proof, whole = proved(*rungs), ladder(*rungs)

    assert bool(proof.dead_ends) == ends_nowhere(whole)
    assert bool(proof.without_details) == is_shut_at_times([rung for rung in whole if not rung.is_promise])


def test_a_catalogue_with_a_dead_end_does_not_load(tmp_path: Folder) -> None:
    """The sentence, the place and the mend are in the refusal."""
    folder = write_catalogue(tmp_path, paths={"speak_to_human": {"rungs": [DESK]}})

    with pytest.raises(CatalogueError) as refusal:
        load_catalogue(folder)

    [problem] = refusal.value.problems
    assert (problem.rule, problem.where) == ("dead_end", "paths.speak_to_human.rungs")
    assert problem.message.endswith("with store-desk down, speak_to_human ends nowhere (by voice).")
    assert problem.mend == "End the path with a callback and an e-mail, both without hours and for every channel."


def test_only_paths_that_an_intent_takes_are_proved(tmp_path: Folder) -> None:
    """An unused one is told as such."""
    folder = write_catalogue(tmp_path, paths={"spare_path": {"rungs": [PAGE]}})

    report = check_catalogue(folder)

    assert [problem.rule for problem in report.problems if problem.rule not in ADVICE] == ["unused_path"]
    assert report.proof is not None
    assert report.proof.intents == 4


def test_a_mistake_elsewhere_in_the_path_does_not_hide_its_dead_end(tmp_path: Folder) -> None:
    """Nor does one in the policy; a rung that cannot be read does, until it can."""
    folder = write_catalogue(
        tmp_path,
        paths={"speak_to_human": {"label": "", "rungs": [DESK]}, "track_order": {"rungs": [DESK, {"kind": "queue"}]}},
        policy={"timezone": "Mars/Base"},
    )

    rules = [(problem.rule, problem.where.split(".")[1]) for problem in check_catalogue(folder).problems]

    assert ("dead_end", "speak_to_human") in rules
    assert ("dead_end", "track_order") not in rules


def test_hours_that_end_are_a_dead_end_when_the_end_is_near(tmp_path: Folder) -> None:
    """What is proved is proved for the next 400 days, from the day that is given."""
    rungs = [when("2026-2027", CALLBACK), when("2026-2027", MAIL)]
    folder = write_catalogue(tmp_path, paths={"track_order": {"rungs": rungs}})

    assert check_catalogue(folder, first=date(2026, 3, 2)).catalogue is not None
    assert check_catalogue(folder, first=date(2027, 3, 2)).catalogue is None


def test_the_starter_has_no_dead_end() -> None:
    """All of its intents are in the proof."""
    report = check_catalogue(starter_folder())

    assert report.catalogue is not None
    assert report.proof is not None
    assert report.proof.intents == len(report.catalogue.intents) > 50
    assert report.proof.dead_ends == ()
    assert report.proof.without_details == ()
