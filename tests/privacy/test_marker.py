"""A marker is found in every way in which it can have been written, or a search that finds none says nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.privacy.marker import Kind, found_in, marker
from tests.privacy.place import Findings, Moment, Place

WRITTEN = {
    "UTF-8": lambda text: text.encode(),
    "JSON": lambda text: json.dumps(text).encode(),
    "an address": lambda text: quote(text).encode(),
    "UTF-16, little end first": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: b"\0" + text.encode("utf-16-be"),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "in capitals": lambda text: text.upper().encode(),
}


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("is_accented", [False, True], ids=["ASCII", "accented"])
def test_a_marker_tells_its_kind(how: str, is_accented: bool) -> None:
    """However it was written, among other bytes."""
    kinds = set(Kind) - {Kind.SECRET, Kind.TRACE}
    for kind in kinds:
        content = b"\xff\0 " + WRITTEN[how](marker(kind, 4_711, accented=is_accented)) + b"\0 more"
        assert list(found_in(content)) == [kind]


def test_a_trace_is_a_marker() -> None:
    """Though it has to be hexadecimal."""
    assert list(found_in(f"00-{marker(Kind.TRACE, 4_711)}-1-01".encode())) == [Kind.TRACE]


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_hides_nothing(before: bytes, encode: type[bytes]) -> None:
    """Wherever in the encoded text it begins."""
    content = encode(before + marker(Kind.ATTRIBUTE, 99).encode() + b" and more")

    assert list(found_in(content)) == [Kind.ATTRIBUTE]


def test_what_may_not_be_there_is_told_with_its_place(tmp_path: Path) -> None:
    """Of what may be there, and of what may be there for a while, no more than that is forgiven."""
    (tmp_path / "errand.db").write_text(marker(Kind.DETAIL, 1) + marker(Kind.TEXT, 1))
    (tmp_path / "errand.db-wal").write_text(marker(Kind.ECHOED, 1))
    (tmp_path / "stderr").write_text(marker(Kind.REQUEST_ID, 1) + "a-secret")
    findings = Findings(secrets=[b"a-secret"])

    findings.search_folder(tmp_path, Moment.AT_WORK)
    assert set(findings.leaked) == {(Kind.TEXT, Place.DATABASE), (Kind.SECRET, Place.LOGS)}

    findings.search_folder(tmp_path, Moment.AFTERWARDS)
    assert findings.leaked[Kind.DETAIL, Place.DATABASE] == 1
    assert set(findings.allowed) == {
        (Kind.DETAIL, Place.DATABASE),
        (Kind.ECHOED, Place.JOURNAL),
        (Kind.REQUEST_ID, Place.LOGS),
    }
    assert findings.leaks[Kind.TEXT, Place.DATABASE] == f"at work: {tmp_path / 'errand.db'}"
