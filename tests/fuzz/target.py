"""What is fed with any bytes, what has to hold for each, and what it is fed with first."""

from __future__ import annotations

import binascii
import json
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ValidationError

from service.api.schema import ContentIn, IntentBatchIn, IntentIn, OutcomeIn, RerouteIn, RouteIn
from service.catalogue.loader import check_files, starter_folder
from service.demo.shop import is_signed
from service.errors import RefusalError
from service.fulfil.call_body import InvalidAnswer, handed_on, read_answer
from service.fulfil.signature import ID, SIGNATURE, TIMESTAMP, signed_headers, usable_secrets
from service.hear.hear import hear
from service.record.spool.codec import encoded, find_decoded
from service.record.spool.record_format import PartKind, find_payload, framed, parts
from service.redact.chain import Redactor
from service.redact.span import Redacted
from service.server.problem import problem_response, refusal_of
from service.understand.correction import move_of
from service.understand.firewall.clause import parts as clauses_of
from service.understand.text_segment import MAX_SEGMENTS, outline, segments
from tests.support.spooled import a_full_write, a_write

SAID = (
    "hi, my name is Jane Whitlow, my order 88412 never came to 12 Marsh Hill Road, mail jo.lind@example.org",
    "call me on 07700 900 412 or jo at example dot com, card 4111 1111 1111 1111, born on 4 May 1971",
    "Dear team,\n\nplease cancel my booking. Also, where is my refund?\n\nKind regards,\nTomas Reiter\n",
    "On Mon, 4 May 2026, Jo wrote:\n> hello\n> there\nthanks. no wait, i meant the other one",
    "password is Tr0ub4dor&3 and https://shop.example/u/9912?t=aB3 IBAN GB29 NWBK 6016 1331 9268 19",
    "one two oh seven double five, calle de la rosa 14, SW1A 2AA; İstanbul ﬁ 👩‍👧 \u202e",
    "Your parcel left today (and it's on its way) - by the way, have you seen our offers?",
)
LEAKABLE = re.compile(r"[A-Za-z]{3}[0-9]{3}zq")
"""Values in the corpora are of this form, and no message of ours is."""
VALUE = "kob417zq"
MODELS: tuple[type[BaseModel], ...] = (RouteIn, IntentIn, IntentBatchIn, OutcomeIn, RerouteIn, ContentIn)
SECRETS = usable_secrets(["k" * 32, "l" * 32])
WEBHOOKS = [secret.webhook for secret in SECRETS]
SIGNED = (ID, TIMESTAMP, SIGNATURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    name: str
    run: Callable[[bytes], None]
    """Raises whatever is wrong, and for nothing else."""
    corpus: Sequence[bytes]
    share: float
    """Of all executions."""


REDACTORS = (Redactor(), Redactor("paranoid"), Redactor(most_marks=3))


def redact(content: bytes) -> None:
    """Offsets lead back, nothing overlaps, and what is redacted is so for good."""
    raw_text = text_of(content)
    for redactor in REDACTORS:
        redacted = redactor.redact(raw_text)
        assert_offsets(redacted, raw_text)
        assert redactor.redact(redacted.utterance).utterance == redacted.utterance


def assert_offsets(redacted: Redacted, raw_text: str) -> None:
    at = raw_at = 0
    for span in redacted.spans:
        assert span.start - at == span.raw_start - raw_at >= 0
        assert redacted.utterance[at : span.start] == raw_text[raw_at : span.raw_start]
        assert redacted.utterance[span.start : span.end] == f"<{span.kind}>"
        assert span.raw_end > span.raw_start
        assert redacted.to_raw(span.start, span.end) == (span.raw_start, span.raw_end)
        at, raw_at = span.end, span.raw_end
    assert redacted.utterance[at:] == raw_text[raw_at:]


def cut(content: bytes) -> None:
    """Passages lie in the text, in order, one behind the other. The text is read as the service reads a contact."""
    raw_text = text_of(content)
    heard = hear(raw_text)
    lines = [(line.start, line.end) for line in heard.lines()]
    assert_in_order(lines, heard.text)
    assert_in_order([heard.to_raw(*line) for line in lines], raw_text)
    utterance = REDACTORS[0].redact(heard.text).utterance
    plan = outline(utterance)
    assert_in_order(plan.passages, utterance)
    assert len(plan.segments) <= MAX_SEGMENTS
    for found in (plan.segments, segments(utterance, plan.passages)):
        assert_in_order([(segment.start, segment.end) for segment in found], utterance)
    sentences = clauses_of(utterance)
    assert_in_order([(part.start, part.end) for part in sentences], utterance)
    for part in sentences:
        assert_in_order([(clause.start, clause.end) for clause in part.clauses], utterance)
        assert all(part.start <= clause.start <= clause.end <= part.end for clause in part.clauses)
    move_of(utterance)


def assert_in_order(passages: Sequence[tuple[int, int]], text: str) -> None:
    end = 0
    for passage in passages:
        assert end <= passage[0] <= passage[1] <= len(text)
        end = passage[1]


def read_bodies(content: bytes) -> None:
    """A request is taken or refused; a refusal repeats no value of it, though it may name the field at fault."""
    for model in MODELS:
        try:
            model.model_validate_json(content)
        except ValidationError as error:
            refusal = refusal_of(error)
            assert isinstance(refusal, RefusalError)
            told = bytes(problem_response(refusal).body).decode()
            assert not LEAKABLE.search(told.replace(refusal.field or "body", ""))


def read_answers(content: bytes) -> None:
    """What a fulfilment system answers is taken or not, and what is wrong is told without a word of it."""
    answer = read_answer(content)
    if isinstance(answer, InvalidAnswer):
        assert not LEAKABLE.search(str(answer))
    else:
        json.dumps(handed_on({"before": 1}, answer.data))
        assert not LEAKABLE.search(repr(answer))


def check_signatures(content: bytes) -> None:
    """No headers but those that were made for a body are good for it, and none break the receiver."""
    *lines, body = content.split(b"\n", len(SIGNED))
    for read in (latin_of, text_of):
        written = dict(zip(SIGNED, map(read, lines), strict=False))
        if is_signed(written, body, WEBHOOKS):
            now = float(written[TIMESTAMP])
            good = signed_headers(body, secrets=SECRETS, delivery_id=written[ID], unix_now=now)
            assert digests_of(good[SIGNATURE]) & digests_of(written[SIGNATURE])
    body = json.dumps(latin_of(content)).encode()
    assert is_signed(signed_headers(body, secrets=SECRETS[:1], delivery_id="d", unix_now=time.time()), body, WEBHOOKS)


def latin_of(content: bytes) -> str:
    return content.decode("latin-1")


def digests_of(written: str) -> set[bytes]:
    """What the library would decode of a header; it takes base64 with other characters in between."""
    digests = set()
    for signature in written.split(" "):
        with suppress(binascii.Error, ValueError):
            digests.add(binascii.a2b_base64(signature.removeprefix("v1,")))
    return digests


def read_spool(content: bytes) -> None:
    """Every byte is part of something, and only what was framed is taken for a record."""
    end = 0
    for part in parts(content):
        assert part.start == end < part.end
        end = part.end
        payload = find_payload(content[part.start : part.end])
        assert (payload is not None) == (part.kind is PartKind.WHOLE)
        if payload is not None:
            find_decoded(payload)
    assert end == len(content)
    assert find_payload(framed(content)) == content
    find_decoded(content)


def load_catalogue(content: bytes) -> None:
    """Whatever is wrong with it is a list of problems, each with a place."""
    report = check_files({"a.yaml": content}, first=date(2026, 11, 22))
    assert report.catalogue is not None or report.errors
    assert all(problem.message and problem.line >= 0 for problem in report.problems)


def text_of(content: bytes) -> str:
    """Any text that JSON can carry, half surrogate pairs among it."""
    return (
        content.decode("utf-8", "surrogatepass" if b"\xed" in content else "replace")
        if is_text(content)
        else (content.decode("latin-1"))
    )


def is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def bodies() -> list[bytes]:
    said = [{"speaker": "customer", "text": VALUE}, {"speaker": "agent", "text": f"{VALUE} {VALUE}"}]
    route = {
        "turns": said, "contact_id": VALUE, "turn": 2, "channel": "chat", "entry_point": VALUE, "repeat_ref": VALUE,
        "attributes": {VALUE: [VALUE, {"deep": VALUE}]}, "top_k": 3, "deadline_ms": 800, "explain": True,
        "language": "en-GB", "dispatch": False,
    }  # fmt: skip
    others = [
        {"text": VALUE, "topk": VALUE}, {"text": [VALUE]}, {"text": VALUE, "channel": VALUE}, {"choice": VALUE},
        {"items": [{"text": VALUE}, {"text": VALUE, "top_k": VALUE}]}, {"result": "done", "outcome_token": VALUE},
        {"result": VALUE, "transfers": VALUE}, {"cause": VALUE}, {"text": VALUE, "goals": [VALUE, 1]},
    ]  # fmt: skip
    return [json.dumps(body).encode() for body in (route, *others)]


def answers() -> list[bytes]:
    told = [
        {"result": "served", "say": VALUE, "data": {VALUE: [VALUE, {"a": {"b": VALUE}}]}},
        {"result": "needs_customer", "needs": [{"field": VALUE, "why": VALUE}]},
        {"result": "needs_customer", "needs": [{"field": [VALUE], "why": {"why": VALUE}}]},
        {"result": "retry_later", "retry_after_seconds": 30.5, "say": [VALUE]},
        {"result": VALUE, "say": {"say": VALUE}, "data": [VALUE], "needs": VALUE},
    ]
    return [json.dumps(answer).encode() for answer in told]


def signed() -> list[bytes]:
    now, body = time.time(), b'{"delivery_id": "d-1"}'
    made = [signed_headers(body, secrets=SECRETS[:count], delivery_id="d-1", unix_now=now) for count in (1, 2)]
    return ["\n".join([*(headers[name] for name in SIGNED), body.decode()]).encode() for headers in made]


def spooled() -> list[bytes]:
    records = [framed(encoded(write)) for write in (a_write(1), a_full_write(2))]
    return [*records, b"".join(records), records[0][:40], encoded(a_write(3))]


def catalogues() -> list[bytes]:
    """The starter's files, and a small one that is whole."""
    files = [path.read_bytes() for path in sorted(Path(starter_folder()).glob("*.yaml"))]
    return [
        SMALL.encode(),
        *(SMALL.replace(old, new).encode() for old, new in DAMAGE),
        *(file[:1_800] for file in files),
    ]


SMALL = """
intents:
  speak_to_human:
    title: Speak to a person
    scenario: {who: anyone, goal: to speak to a person, done_when: a person answers}
    path: people
    examples: [agent please, let me talk to somebody]
paths:
  people:
    rungs:
      - {kind: queue, name: desk, hours: "Mo-Sa 09:00-20:00", max_wait_seconds: 120}
      - {kind: http, name: look, url: "https://${HOST}/look", needs: [{field: order, why: to find it}]}
      - {kind: callback, name: back, within: PT4H, say: We call you back.}
entry_points: {line: {made_for: [speak_to_human]}}
policy: {timezone: Europe/London, misroute_budget: 0.03}
boundaries: {no_goal_yet: [hello, "4471"], out_of_scope: [what is the capital of france]}
"""
DAMAGE = (
    ("Mo-Sa 09:00-20:00", 'PH,Mo-Sa 25:00-20:00 off; week 1-53/2 || "x"'),
    ("within: PT4H", "within: P1Y"),
    ("path: people", "path: [people]"),
    ("anyone", "&a [*a, *a]"),
    ("Europe/London", "Mars/Olympus"),
)
TARGETS = (
    Target(name="signatures", run=check_signatures, corpus=signed(), share=0.27),
    Target(name="answers of fulfilment systems", run=read_answers, corpus=answers(), share=0.25),
    Target(name="bodies of requests", run=read_bodies, corpus=bodies(), share=0.2),
    Target(name="spool records", run=read_spool, corpus=spooled(), share=0.15),
    Target(name="messages, clauses, segments", run=cut, corpus=[said.encode() for said in SAID], share=0.08),
    Target(name="redactor", run=redact, corpus=[said.encode() for said in SAID], share=0.045),
    Target(name="catalogue", run=load_catalogue, corpus=catalogues(), share=0.005),
)
