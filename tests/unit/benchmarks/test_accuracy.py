"""What the accuracy benchmark shows a classifier, where redaction is measured."""

from __future__ import annotations

import pytest

from tests.benchmarks.accuracy import read_by

RAW = "post it to nadia.k@example.com"
REDACTED = "post it to <email>"


@pytest.mark.parametrize(
    ("redaction", "training", "test"),
    [("on", REDACTED, REDACTED), ("off", RAW, RAW), ("training", REDACTED, RAW)],
)
def test_texts_are_redacted_where_it_is_said(redaction: str, training: str, test: str) -> None:
    """Rows keep their intents."""
    seen = read_by(redaction, [(RAW, "send_it")], [(RAW, None)])

    assert [each.utterances for each in seen] == [(training,), (test,)]
    assert [each.intents for each in seen] == [("send_it",), (None,)]
