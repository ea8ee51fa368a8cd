"""A fulfilment system gone bad: it sends back what it was sent, as an answer, as an error, and in its headers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import yaml

from service.catalogue.loader import starter_folder
from tests.privacy.marker import CODES, Kind
from tests.support.fulfilment import response

FIELD = "order_number"
PROMISE = {"kind": "email", "name": "order-email", "within": "P1D", "say": "We write to you within a day."}


class EchoingSystem:
    """Tells by the marker that it is sent how it is to behave; of its errors each is another one."""

    def __init__(self) -> None:
        self.port = 0
        self.calls = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
                length = next(int(line.partition(":")[2]) for line in head if line.startswith("content-length:"))
                call = json.loads(await reader.readexactly(length))
                self.calls += 1
                writer.write(self._answer(call))
                await writer.drain()
        except (OSError, EOFError):
            writer.close()

    def _answer(self, call: dict[str, Any]) -> bytes:
        sent = str(call["details"].get(FIELD, ""))
        if CODES[Kind.ECHOED] in sent[7:9]:
            return answer(self._echoed(sent, call))
        if CODES[Kind.ECHOED_ERROR] in sent[7:9]:
            return self._error(sent)
        return answer({"result": "served", "say": "Your order is in the van."})

    def _echoed(self, sent: str, call: dict[str, Any]) -> dict[str, Any]:
        said = {"say": f"Your order {sent} is in the van.", "data": {"order": sent, "all": call["details"]}}
        if call["rung"] == "order-lookup" and self.calls % 2:
            return {"result": "cannot_serve", **said}
        if self.calls % 3 == 0:
            return {"result": "needs_customer", "needs": [{"field": sent, "why": f"{sent} is not enough"}], **said}
        return {"result": "served", **said}

    def _error(self, sent: str) -> bytes:
        told = json.dumps({"error": f"no order {sent}"}).encode()
        errors = (
            response("422 Unprocessable Entity", told),
            response(f"400 {sent}", told, f"X-Order: {sent}"),
            response("200 OK", f"<p>{sent}</p>".encode()),
            answer({"result": sent, sent: [sent]}),
            answer({"result": "served", "say": {"order": sent}, "needs": [{"field": [sent]}]}),
            response("307 Temporary Redirect", told, f"Location: /{sent}"),
            response("500 Internal Server Error", told, f"Retry-After: {sent}"),
            f"{sent}\r\n\r\n".encode(),
        )
        return errors[self.calls % len(errors)]


def answer(fields: dict[str, Any]) -> bytes:
    return response("200 OK", json.dumps(fields).encode(), "Content-Type: application/json")


@contextlib.asynccontextmanager
async def echoing_system() -> AsyncIterator[EchoingSystem]:
    system = EchoingSystem()
    server = await asyncio.start_server(system.serve, "127.0.0.1", 0)
    system.port = server.sockets[0].getsockname()[1]
    try:
        yield system
    finally:
        server.close()


def write_catalogue(folder: Path, port: int, *, keeps_texts: bool) -> Path:
    """The starter catalogue, with two calls for orders that are tracked and a promise below them."""
    shutil.copytree(starter_folder(), folder)
    if keeps_texts:
        policy = folder / "policy.yaml"
        words = policy.read_text(encoding="utf-8").replace("store_text: never", "store_text: redacted")
        policy.write_text(words, encoding="utf-8")
    file = folder / "orders.yaml"
    contents = yaml.safe_load(file.read_text(encoding="utf-8"))
    calls = [
        {
            "kind": "http",
            "name": name,
            "url": f"http://127.0.0.1:{port}/{name}",
            "needs": [{"field": FIELD, "why": "so that the order can be found"}],
        }
        for name in ("order-lookup", "order-archive")
    ]
    contents["paths"]["track_order"] = {"rungs": [*calls, PROMISE]}
    file.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return folder
