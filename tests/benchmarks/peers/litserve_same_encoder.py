"""LitServe with dynamic batching around the encoder and the encoder head of the bundle.

It gets what Errand gets: the int8 graph, and a thread for each core. The graph reads texts of one length (it needs no
mask then), so a batch is embedded in groups of equal length.
"""

import os
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import litserve
import numpy as np

from service.understand.bundle import ENCODER, TOKENIZER, read_manifest
from service.understand.encoder import Encoder, EncoderHead
from service.understand.executor import usable_cores
from service.understand.tokenizer import Tokenizer


class IntentAPI(litserve.LitAPI):
    def setup(self, device: str) -> None:
        folder = Path(os.environ["PEER_BUNDLE"])
        self.labels = read_manifest(folder).labels
        self.tokenizer = Tokenizer(folder / TOKENIZER)
        self.encoder = Encoder(folder / ENCODER)
        self.head = EncoderHead(
            weights=np.load(folder / "encoder_head_weights.npy"),
            bias=np.load(folder / "encoder_head_bias.npy"),
            centres=np.load(folder / "encoder_head_centres.npy"),
        )
        self.pool = ThreadPoolExecutor(usable_cores())

    def decode_request(self, request: dict[str, Any]) -> str:  # LitServe reads this annotation, so it is no string
        return str(request["text"])

    def batch(self, inputs: list[str]) -> list[str]:
        return inputs

    def predict(self, texts: list[str]) -> list[dict[str, Any]]:
        groups: dict[int, list[int]] = defaultdict(list)
        token_ids = [self.tokenizer.token_ids(text) for text in texts]
        for place, ids in enumerate(token_ids):
            groups[len(ids)].append(place)
        answers: list[dict[str, Any]] = [{}] * len(texts)
        embedded = self.pool.map(
            lambda group: self.encoder.embed([token_ids[place] for place in group]), groups.values()
        )
        for group, embeddings in zip(groups.values(), embedded, strict=True):
            for place, scores in zip(group, self.head.scores(embeddings)[:, :-2], strict=True):
                answers[place] = self.answer(scores)
        return answers

    def answer(self, scores: np.ndarray[Any, np.dtype[np.float32]]) -> dict[str, Any]:
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        best = np.argsort(shares)[:-4:-1]
        return {"candidates": [{"intent": self.labels[label], "confidence": float(shares[label])} for label in best]}

    def unbatch(self, output: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return output

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        return output


if __name__ == "__main__":
    api = IntentAPI(max_batch_size=16, batch_timeout=0.002, api_path="/intent")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1, healthcheck_path="/healthz")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
