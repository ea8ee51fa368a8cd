"""The usual home-made service: FastAPI, sentence-transformers, and a logistic regression on the embeddings.

`PEER_ENCODER` names a folder or a Hugging Face repository; the default is the encoder that Errand's bundle comes from.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression

encoder = SentenceTransformer(os.environ.get("PEER_ENCODER", "sentence-transformers/all-MiniLM-L6-v2"), device="cpu")
rows = [json.loads(line) for line in Path(os.environ["PEER_ROWS"]).read_text(encoding="utf-8").splitlines()]
head = LogisticRegression(C=10, max_iter=1000).fit(
    encoder.encode([row["text"] for row in rows], normalize_embeddings=True), [str(row["intent"]) for row in rows]
)
app = FastAPI()


class IntentIn(BaseModel):
    text: str


@app.post("/intent")
def intent(contact: IntentIn) -> dict[str, Any]:
    shares = head.predict_proba(encoder.encode([contact.text], normalize_embeddings=True))[0]
    best = shares.argsort()[:-4:-1]
    return {"candidates": [{"intent": str(head.classes_[at]), "confidence": float(shares[at])} for at in best]}


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
