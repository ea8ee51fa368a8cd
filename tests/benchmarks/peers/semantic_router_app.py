"""semantic-router behind FastAPI, on the encoder of the bundle: a route an intent, its training rows the utterances."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from semantic_router import Route
from semantic_router.encoders import DenseEncoder
from semantic_router.routers import IndexedRouter

from service.understand.bundle import ENCODER, TOKENIZER
from service.understand.encoder import Encoder
from service.understand.tokenizer import Tokenizer

MOST_UTTERANCES = 40
folder = Path(os.environ["PEER_BUNDLE"])
tokenizer, encoder = Tokenizer(folder / TOKENIZER), Encoder(folder / ENCODER)


class BundleEncoder(DenseEncoder):
    name: str = "bundle"

    def __call__(self, docs: list[Any]) -> list[list[float]]:
        return [encoder.embed([tokenizer.token_ids(str(doc))])[0].tolist() for doc in docs]


def routes() -> list[Route]:
    utterances = defaultdict(list)
    for line in Path(os.environ["PEER_ROWS"]).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["intent"] is not None:
            utterances[row["intent"]].append(row["text"])
    return [Route(name=intent, utterances=texts[:MOST_UTTERANCES]) for intent, texts in utterances.items()]


router = IndexedRouter(encoder=BundleEncoder(), routes=routes())
app = FastAPI()


class IntentIn(BaseModel):
    text: str


@app.post("/intent")
async def intent(contact: IntentIn) -> dict[str, Any]:
    choice = await router.acall(contact.text)
    return {"intent": choice.name, "confidence": choice.confidence}


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
