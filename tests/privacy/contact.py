"""Contacts, each with markers of its own, and what each does: what is served, and every way of being refused."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import httpx

from tests.privacy.echo import FIELD
from tests.privacy.marker import Kind, marker
from tests.privacy.place import Findings, Moment, Place

TRACKS = "where is my order, it has not come"
JSON_TYPE = "application/json"
SHORT_BODY_SECONDS = "0.5"
MOST_SECRETS = 40
TOKENS = ("outcome_token", "contact_token")
SAID = (
    "i want to cancel my booking for friday", "hello", "can you send me the invoice of last month", "cancel",
    "what is the capital of france", "the kettle i bought is broken and i want my money back",
    "let me talk to a person", "i moved house, please change my address", "do you have the red one in stock",
)  # fmt: skip


class Contact:
    """One contact's requests; every answer to them is searched as it comes."""

    def __init__(self, number: int, client: httpx.AsyncClient, findings: Findings, statuses: Counter[int]) -> None:
        self.number = number
        self._client = client
        self._findings = findings
        self._statuses = statuses

    async def go(self) -> None:
        await RECIPES[self.number % len(RECIPES)](self)

    def mark(self, kind: Kind) -> str:
        """Every second one in other letters than ASCII, where these can be sent."""
        is_ascii = kind in ASCII_ONLY or self.number // len(RECIPES) % 2 == 0
        return marker(kind, self.number, accented=not is_ascii)

    def text(self, said: str, kind: Kind = Kind.TEXT) -> str:
        return f"{said} {self.mark(kind)} please"

    @property
    def headers(self) -> dict[str, str]:
        mark = self.mark
        return {
            "User-Agent": mark(Kind.USER_AGENT),
            "X-Request-Id": mark(Kind.REQUEST_ID),
            "traceparent": f"00-{mark(Kind.TRACE)}-00f067aa0ba902b7-01",
            "Cookie": f"session={mark(Kind.HEADER)}",
            "Referer": f"https://www.shop.example/{mark(Kind.HEADER)}",
            "X-Forwarded-For": mark(Kind.HEADER),
            "Forwarded": f"for={mark(Kind.HEADER)}",
            "Accept-Language": mark(Kind.HEADER),
            "tracestate": f"a={mark(Kind.HEADER)}",
            "Origin": f"https://{mark(Kind.HEADER)}.example",
        }

    async def send(
        self, method: str, path: str, body: Any = None, *, content: Any = None, **headers: str
    ) -> httpx.Response:
        """A request with every header marked; `body` is sent as JSON with its letters escaped or not."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            content = json.dumps(body, ensure_ascii=self.number % 2 == 0).encode()
            named.setdefault("Content-Type", JSON_TYPE)
        answer = await self._client.request(method, path, content=content, headers={**self.headers, **named})
        self._statuses[answer.status_code] += 1
        place = Place.REFUSALS if answer.status_code >= 400 else Place.ANSWERS
        raw = b"\n".join(name + b": " + value for name, value in answer.headers.raw) + b"\n\n" + answer.content
        self._findings.search(
            raw, place, Moment.AT_WORK, f"{method} {path.partition('?')[0][:20]} {answer.status_code}"
        )
        return answer

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.send("POST", path, body, **headers)

    async def route(self, **fields: Any) -> dict[str, Any]:
        """A whole contact, with everything in it that a caller can send."""
        body = {
            "turns": [
                {"speaker": "agent", "text": self.text("how can i help you", Kind.AGENT)},
                {
                    "speaker": "customer",
                    "text": self.text(f"{self.said}, my mail is {self.mark(Kind.ADDRESS)}@a.example"),
                },
            ],
            "contact_id": self.mark(Kind.CONTACT_ID),
            "repeat_ref": self.mark(Kind.REPEAT_REF),
            "entry_point": self.mark(Kind.ENTRY_POINT),
            "channel": "chat",
            "attributes": {self.mark(Kind.ATTRIBUTE_NAME): {"deep": [self.mark(Kind.ATTRIBUTE)]}},
        } | fields
        answer = await self.post("/route", body, Idempotency_Key=self.mark(Kind.IDEMPOTENCY_KEY))
        told: dict[str, Any] = answer.json()
        if answer.status_code == 200 and len(self._findings.secrets) < MOST_SECRETS:
            self._findings.secrets += (told[name].encode() for name in TOKENS if told.get(name))
        return told

    @property
    def said(self) -> str:
        return SAID[self.number // len(RECIPES) % len(SAID)]

    # what is served

    async def is_routed(self) -> None:
        answer = await self.route()
        if self.number % 3 == 0:
            await self.route()
            await self.send("GET", f"/decisions/{answer['decision_id']}")

    async def is_routed_with_why(self) -> None:
        await self.route(explain=True)

    async def is_sent_to_a_rung(self, kind: Kind) -> None:
        turns = [{"speaker": "customer", "text": self.text(TRACKS)}]
        answer = await self.route(turns=turns, attributes={FIELD: self.mark(kind), "note": self.mark(Kind.ATTRIBUTE)})
        await asyncio.sleep(0.05)
        await self.send("GET", f"/decisions/{answer['decision_id']}")

    async def is_handed_over(self) -> None:
        await self.is_sent_to_a_rung(Kind.DETAIL)

    async def is_echoed(self) -> None:
        await self.is_sent_to_a_rung(Kind.ECHOED)

    async def is_echoed_as_an_error(self) -> None:
        await self.is_sent_to_a_rung(Kind.ECHOED_ERROR)

    async def says_more(self) -> None:
        """Two turns, one of them twice, one that is stale, one that is ahead, and a choice that there is not."""
        fields = {"contact_id": self.mark(Kind.CONTACT_ID)}
        for turn, said in ((1, "cancel"), (1, "cancel"), (2, "the booking i mean"), (1, "other"), (9, "later")):
            await self.post("/route", {**fields, "text": self.text(said), "turn": turn})
        await self.post("/route", {**fields, "choice": self.mark(Kind.CHOICE)})
        await self.send("GET", f"/contacts/{quote(self.mark(Kind.CONTACT_ID))}")

    async def asks_what_it_is_about(self) -> None:
        await self.post("/intent", {"text": self.text(self.said), "explain": self.number % 3 == 0})

    async def asks_for_many(self) -> None:
        items = [{"text": self.text(said, Kind.BATCH)} for said in SAID[:3]]
        await self.post("/intent/batch", {"items": items})
        await self.post("/intent/batch", {"items": [*items, {"text": [self.mark(Kind.BATCH)]}]})

    async def has_content_judged(self) -> None:
        text = self.text("Your parcel left today. And have you seen our offers", Kind.CONTENT)
        await self.post("/content/check", {"text": text})
        await self.post("/content/check", {"text": text, "goals": [self.mark(Kind.CHOICE)]})

    async def is_told_of_afterwards(self) -> None:
        answer = await self.route()
        path = f"/decisions/{answer['decision_id']}"
        mine = {"outcome_token": answer["outcome_token"]}
        await self.post(f"{path}/outcome", {"result": "done", "outcome_token": self.mark(Kind.TOKEN)})
        await self.post(f"{path}/outcome", {"result": "done"}, Outcome_Token=marker(Kind.TOKEN, self.number))
        await self.post(f"{path}/outcome", {"result": "done", "actual_intent": self.mark(Kind.CHOICE), **mine})
        await self.post(f"{path}/outcome", {"result": "partly", "reported_by": self.mark(Kind.WRONG_TYPE), **mine})
        await self.post(f"{path}/outcome", {"result": "partly", **mine})
        await self.post(f"{path}/reroute", {"cause": "wrong_place", "actual_intent": self.mark(Kind.CHOICE)})
        await self.post(f"{path}/reroute", {"cause": "model"})

    async def is_looked_up_and_erased(self) -> None:
        await self.route()
        path = f"/contacts/{quote(self.mark(Kind.CONTACT_ID))}"
        await self.send("GET", path, Contact_Token=marker(Kind.TOKEN, self.number))
        for method in ("GET", "DELETE", "GET", "DELETE"):
            await self.send(method, path)

    # what is refused

    async def has_wrong_fields(self) -> None:
        text, wrong = self.text(self.said), self.mark(Kind.WRONG_TYPE)
        for fields in (
            {"channel": self.mark(Kind.CHANNEL)},
            {"language": f"{self.mark(Kind.LANGUAGE)}!"},
            {"top_k": wrong},
            {"deadline_ms": {wrong: wrong}},
            {"turn": wrong},
            {"attributes": wrong},
            {"contact_id": [self.mark(Kind.CONTACT_ID)]},
            {self.mark(Kind.FIELD_NAME): wrong},
            {f"{self.mark(Kind.FIELD_TEXT)}, please": wrong},
            {self.mark(Kind.FIELD_TEXT) * 3: wrong},
            {"turns": [{"speaker": "customer", "text": text, f"my {self.mark(Kind.FIELD_TEXT)}": wrong}]},
            {"entry_point": self.mark(Kind.ENTRY_POINT) * 9},
            {"turns": [{"speaker": wrong, "text": text}]},
        ):
            await self.post("/route", {"text": text, **fields})
        await self.post("/intent", {"text": {wrong: text}})
        await self.post("/intent", [text])

    async def has_no_body_to_read(self) -> None:
        malformed = self.mark(Kind.MALFORMED)
        kind = {"Content_Type": JSON_TYPE}
        for content in (f'{{"text": "{malformed}', f'{{"text": {malformed}}}', f'{{"text": "\\u{malformed}"}}'):
            await self.send("POST", "/route", content=content.encode(), **kind)
        await self.send("POST", "/intent", content=malformed.encode("utf-16"), **kind)
        await self.send("POST", "/intent", content=f'{{"text": "{malformed}\xff"}}'.encode("latin-1"), **kind)
        text = {"text": self.text(self.said)}
        await self.post("/intent", text, Content_Type=f"text/{self.mark(Kind.MEDIA_TYPE)}")
        await self.post("/content/check", text, Content_Type=self.mark(Kind.MEDIA_TYPE))

    async def has_too_much_of_one(self) -> None:
        huge = (self.mark(Kind.OVERSIZED) + " ") * 6_000
        await self.post("/route", {"text": huge})
        await self.send("POST", "/intent", content=pieces(huge), Content_Type=JSON_TYPE)
        await self.post("/intent", {"text": huge[:17_000]})

    async def has_wrong_addresses(self) -> None:
        path = quote(self.mark(Kind.PATH))
        asked = f"?text={quote(self.mark(Kind.QUERY))}&{quote(self.mark(Kind.QUERY))}=1"
        for address in ("", "decisions/", "contacts/", "docs/"):
            await self.send("GET", f"/{address}{path}{asked}")
        await self.send("GET", f"/reports/outcomes{asked}")
        await self.send("GET", f"/reports/outcomes?since={quote(self.mark(Kind.QUERY))}")
        await self.send("POST", f"/decisions/{path}/outcome{asked}", {"result": "done", "outcome_token": "none"})
        await self.send("DELETE", f"/intent{asked}")
        await self.post(f"/intent{asked}", {"text": self.text(self.said)})

    async def contradicts_itself(self) -> None:
        key = {"Idempotency_Key": marker(Kind.IDEMPOTENCY_KEY, self.number)}
        for said in SAID[:2]:
            await self.post("/route", {"text": self.text(said)}, **key)
        await self.post("/route", {"text": self.text("hello")}, Idempotency_Key=key["Idempotency_Key"] * 20)

    async def has_wrong_headers(self) -> None:
        wrong, text = self.mark(Kind.HEADER), {"text": self.text(self.said)}
        await self.post("/intent", text, X_Request_Timeout_Ms=wrong)
        await self.post("/intent", text, X_Request_Id=f"{wrong} {wrong}", traceparent=wrong)
        await self.post("/route", text, Authorization=f"Bearer {self.mark(Kind.AUTHORIZATION)}")
        await self.post("/intent", text, Expect=wrong, Accept=wrong, Accept_Encoding=wrong)
        await self.raw(f"Content-Length: {wrong}\r\n", "")
        await self.raw("Content-Length: 20\r\n", "", line=f"{wrong} /intent?{wrong} HTTP/1.1")

    async def stops_half_way(self) -> None:
        """The body is awaited for a while; or nobody is there any more to be answered."""
        begun = f'{{"text": "{self.mark(Kind.CUT)}'
        await self.raw("Content-Length: 900\r\n", begun)
        await self.raw("Content-Length: 900\r\n", begun, stays=False)

    async def raw(self, headers: str, body: str, *, line: str = "POST /route HTTP/1.1", stays: bool = True) -> None:
        """What no client of HTTP sends."""
        url = self._client.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(f"{line}\r\nHost: {url.host}\r\nContent-Type: {JSON_TYPE}\r\n{headers}\r\n{body}".encode())
        await writer.drain()
        if stays:
            head = await reader.read(2_000)
            self._statuses[int(head.split()[1]) if head.startswith(b"HTTP/1.1 ") else 0] += 1
            self._findings.search(head, Place.REFUSALS, Moment.AT_WORK, f"{headers.partition(':')[0]} over TCP")
        writer.close()


async def pieces(text: str) -> Any:
    """A body without a declared length."""
    yield text.encode()


ASCII_ONLY = frozenset(
    {
        Kind.ADDRESS,
        Kind.AUTHORIZATION,
        Kind.DETAIL,
        Kind.ECHOED,
        Kind.ECHOED_ERROR,
        Kind.HEADER,
        Kind.IDEMPOTENCY_KEY,
        Kind.MEDIA_TYPE,
        Kind.REQUEST_ID,
        Kind.USER_AGENT,
    }
)
RECIPES: tuple[Callable[[Contact], Awaitable[None]], ...] = (
    Contact.is_routed,
    Contact.is_handed_over,
    Contact.is_routed,
    Contact.is_echoed,
    Contact.is_routed_with_why,
    Contact.is_echoed_as_an_error,
    Contact.is_routed,
    Contact.says_more,
    Contact.asks_what_it_is_about,
    Contact.asks_for_many,
    Contact.has_content_judged,
    Contact.is_told_of_afterwards,
    Contact.is_looked_up_and_erased,
    Contact.has_wrong_fields,
    Contact.has_no_body_to_read,
    Contact.has_too_much_of_one,
    Contact.has_wrong_addresses,
    Contact.contradicts_itself,
    Contact.has_wrong_headers,
    Contact.stops_half_way,
)
