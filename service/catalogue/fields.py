"""Kinds of text in the fields of a catalogue, each with a refusal in plain words.

`schema` gives the fields their meaning. A `PydanticCustomError` states a refusal for which Pydantic lacks words. The
type of the error is the rule, and `mend` is the correction.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from service.catalogue.hours import EXAMPLE, OpeningHours, known_zone
from service.domain.understanding import NO_GOAL_YET, Status

MAX_EXAMPLE_CHARACTERS: Final = 2_000
VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
CONDITION: Final = re.compile(r"details\.([a-z][a-z0-9]*(?:_[a-z0-9]+)*)")
# Training rows without an intent carry these labels, so an intent of the same name would be mixed up with them.
RESERVED_NAMES: Final = frozenset({NO_GOAL_YET, Status.OUT_OF_SCOPE.value})

_DURATION: Final = TypeAdapter(timedelta)


def _intent_name(name: str) -> str:
    if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", name) and name not in RESERVED_NAMES:
        return name
    message = "An intent is named verb_object in small letters, and neither no_goal_yet nor out_of_scope."
    raise PydanticCustomError("bad_name", message, {"mend": "Choose a name such as track_order."})


def _path_name(name: str) -> str:
    if re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name):
        return name
    message = "A path is named in small letters with underscores."
    raise PydanticCustomError("bad_name", message, {"mend": "Choose a name such as track_order."})


def _kebab_name(name: str) -> str:
    if re.fullmatch(r"[a-z0-9]+([-_][a-z0-9]+)*", name):
        return name
    message = "Rungs and entry points are named in small letters with hyphens or underscores."
    raise PydanticCustomError("bad_name", message, {"mend": "Choose a name such as order-desk."})


def _hours(expression: str) -> str:
    try:
        OpeningHours.parse(expression)
    except ValueError as error:
        mend = f'Write them as OpenStreetMap does, for example "{EXAMPLE}", or leave them out for always.'
        raise PydanticCustomError("bad_hours", "{sentence}", {"sentence": str(error), "mend": mend}) from error
    return expression


def span(duration: str) -> timedelta:
    """Return an ISO 8601 duration as a `timedelta`. A month counts 30 days, a year 365. Raises `ValueError`."""
    if not duration.startswith("P"):
        raise ValueError("An ISO 8601 duration begins with P.")
    return _DURATION.validate_python(duration)


def _duration(duration: str) -> str:
    try:
        positive = span(duration) > timedelta()
    except (ValueError, ValidationError):
        positive = False
    if not positive:
        mend = "Write PT4H for four hours, P2D for two days, P30D for thirty."
        raise PydanticCustomError("bad_duration", "This is not an ISO 8601 duration above zero.", {"mend": mend})
    return duration


def _interval(duration: str) -> str:
    if not timedelta(seconds=1) <= span(_duration(duration)) <= timedelta(hours=1):
        mend = "Write PT15S for every fifteen seconds."
        raise PydanticCustomError("out_of_range", "This must be from one second to one hour.", {"mend": mend})
    return duration


def _timezone(timezone: str) -> str:
    try:
        known_zone(timezone)
    except ValueError as error:
        mend = "Write a name such as Europe/London, with its capitals."
        raise PydanticCustomError("bad_timezone", "{sentence}", {"sentence": str(error), "mend": mend}) from error
    return timezone


def _country(country: str) -> str:
    try:
        OpeningHours.parse("PH off", country=country)
    except ValueError as error:
        mend = "Write the two capital letters of ISO 3166, for example GB."
        raise PydanticCustomError("bad_country", "{sentence}", {"sentence": str(error), "mend": mend}) from error
    return country


def _page(url: str) -> str:
    if re.fullmatch(r"(/(?!/)|https?://[^/\s]+)\S*", url):
        return url
    mend = "Write a place on your own site such as /bookings/cancel, or an address that begins with https://."
    raise PydanticCustomError("bad_url", "This is not the address of a page.", {"mend": mend})


def _endpoint(url: str) -> str:
    """Accept an address, or a text that begins with a variable.

    The loader fills in variables and checks the result again.
    """
    if is_endpoint(url) or re.fullmatch(r"\$\{\w+\}\S*", url):
        return url
    mend = "Begin it with https:// or with a variable such as ${STOCK_URL}."
    raise PydanticCustomError("bad_url", "This is not an address that can be called.", {"mend": mend})


def _detail_name(name: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        return name
    message = "A detail is named in small letters with underscores."
    raise PydanticCustomError("bad_name", message, {"mend": "Choose a name such as order_number."})


def _condition(condition: str) -> str:
    if CONDITION.fullmatch(condition):
        return condition
    mend = "Write 'details.' and the name of a flag, for example details.gift."
    raise PydanticCustomError("bad_condition", "This is not a condition that can be read.", {"mend": mend})


def _phone_number(number: str) -> str:
    if re.fullmatch(r"\+?[0-9][0-9 ()/.-]{0,28}[0-9]", number):
        return number
    mend = 'Write it as it is dialled, in quotes, for example "112" or "+44 20 7946 0000".'
    raise PydanticCustomError("bad_number", "This is not a number to ring.", {"mend": mend})


def _site(url: str) -> str:
    """Accept an address that relative addresses can be appended to, and return it without a slash at its end."""
    if re.fullmatch(r"https://[^/\s?#@]+(/[^\s?#]*)?", url):
        return url.rstrip("/")
    mend = "Write the https address that your pages begin with, for example https://www.shop.example."
    raise PydanticCustomError("bad_url", "This is not the address of a site.", {"mend": mend})


def is_endpoint(url: str) -> bool:
    return re.fullmatch(r"https?://[^/\s]+\S*", url) is not None


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Example = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_EXAMPLE_CHARACTERS)]
IntentName = Annotated[str, AfterValidator(_intent_name)]
PathName = Annotated[str, AfterValidator(_path_name)]
KebabName = Annotated[str, AfterValidator(_kebab_name)]
Duration = Annotated[str, AfterValidator(_duration)]
Hours = Annotated[str, AfterValidator(_hours)]
Interval = Annotated[str, AfterValidator(_interval)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Country = Annotated[str, AfterValidator(_country)]
Page = Annotated[str, AfterValidator(_page)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
DetailName = Annotated[str, AfterValidator(_detail_name)]
Condition = Annotated[str, AfterValidator(_condition)]
PhoneNumber = Annotated[str, AfterValidator(_phone_number)]
Site = Annotated[str, AfterValidator(_site)]
