"""Train a bundle from rows: encode, cross-fit, choose the numbers, fit the heads on all rows, write the folder."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from service.domain.understanding import NO_GOAL_YET, Stance
from service.errors import BundleError
from service.learn.crossfit import HeldOutScores, cross_fit
from service.learn.dataset import Dataset, require_trainable
from service.learn.encoders.prepared import EncoderKit, Progress
from service.learn.feature import texts_of
from service.learn.finetuning.finetune import Finetuned
from service.learn.firewall import firewall_folder, firewall_promise
from service.learn.heads import OUT_OF_SCOPE, fit_heads, label_positions
from service.learn.served import RowTexts
from service.learn.stance import sample_of, stance_head
from service.learn.synthetic_rows import extended, kept
from service.learn.thresholds import AsServed, Choice, choose
from service.learn.training_rows import TrainingRows, joined, training_rows
from service.understand.bundle import (
    ENCODER,
    EXAMPLE_VECTORS,
    EXAMPLES,
    MANIFEST,
    STANCE,
    STANCE_APPLIES,
    STANCE_BIAS,
    STANCE_WEIGHTS,
    TOKENIZER,
    WORDS,
    Manifest,
    file_hash,
    verify,
)
from service.understand.calibration import HEAD_SIGNALS
from service.understand.cascade import FEWEST_TOKENS, is_lone_word
from service.understand.encoder import EncoderHead
from service.understand.example import NO_EXAMPLES, Examples, examples_of
from service.understand.firewall.head import FILES as FIREWALL_FILES
from service.understand.intents import IntentTable
from service.understand.lexical import LexicalWeights
from service.understand.spelling import Speller, single_words, words_of
from service.understand.stance import StanceHead, has_cue

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_WISHES = 6_000
"""Given rows that teach the stance head how wishes sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    folder: Path
    manifest: Manifest
    report: Mapping[str, Any]
    seconds: float


# More threads wait for each other, and change the last bits of the sums.
@threadpool_limits.wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
def train(  # noqa: PLR0915  (one straight sequence of steps)
    dataset: Dataset,
    kit: EncoderKit,
    *,
    out: Path,
    misroute_budget: float,
    seed: int,
    provenance: Mapping[str, Any],
    progress: Progress,
    finetuned: Finetuned | None = None,
    urgent: frozenset[str] = frozenset(),
    person: str | None = None,
    urgent_miss_budget: float = 0.05,
) -> Trained:
    """Build a bundle in the folder `out`, which is replaced as a whole. Deterministic for rows, encoder and seed.

    Texts are kept as examples only if the provenance names a catalogue: such rows were written for the catalogue, while
    other rows may be customers' own words. `finetuned` tells the origin of the kit, if its encoder was fine-tuned or
    judged against a fine-tuned encoder. `urgent` names the urgent intents, `person` the intent of the wish for a
    person. Missing rows out of scope or without a goal are made, see `synthetic_rows`.
    Raises DatasetError with fewer than two labels.
    """
    started = perf_counter()
    require_replaceable(out)
    require_trainable(dataset.intents)
    dataset = dataset.in_order()
    rows = extended(dataset, seed=seed, is_multilingual=kit.is_multilingual)
    is_written_for_it = "catalogue" in provenance
    commands = single_words(dataset.utterances) if is_written_for_it else []
    speller = Speller(words_of(dataset.utterances, kit.tokenizer))
    token_ids = [kit.tokenizer.token_ids(utterance, speller) for utterance in rows.utterances]
    token_vectors, size = kit.vectors_for(token_ids, progress), kit.tokenizer.vocabulary_size
    texts = texts_of(token_ids, token_vectors, kit.embed(token_ids, progress))
    chosen = kept(rows, len(dataset), texts.embeddings, seed=seed)
    learnt = training_rows(rows.of(chosen), len(dataset), seed=seed, has_copies=not kit.is_multilingual)
    rows, texts = learnt.rows, texts.of(chosen)
    if learnt.copies:
        copy_ids = [kit.tokenizer.token_ids(text, speller) for text in rows.utterances[-learnt.copies :]]
        texts = joined(texts, texts_of(copy_ids, token_vectors, kit.embed(copy_ids, progress)))
    names, labels = rows.labels, label_positions(rows)
    stance = None
    if not kit.is_multilingual:
        cued = [row for row in range(learnt.given) if labels[row] != OUT_OF_SCOPE and has_cue(rows.utterances[row])]
        wishes = sample_of(cued, MOST_WISHES, seed)
        stance = stance_head(kit, texts.embeddings[wishes], labels[wishes], len(names), seed=seed, progress=progress)
    judged, made = np.flatnonzero(learnt.judged), learnt.synthetic
    if finetuned is not None and finetuned.unseen is not None:
        judged = np.intersect1d(judged, finetuned.unseen)
    read = RowTexts.of([rows.utterances[row] for row in judged])
    read_ids = [kit.tokenizer.token_ids(text, speller) for text in read.texts]
    known = {text: row for row, text in enumerate(rows.utterances)}
    new = [place for place, text in enumerate(read.texts) if text not in known]
    new_ids = [read_ids[place] for place in new]
    order = np.array([known.get(text, -1) for text in read.texts], np.int64)
    order[new] = np.arange(len(texts), len(texts) + len(new))
    further = texts if not new else joined(texts, texts_of(new_ids, token_vectors, kit.embed(new_ids, progress)))
    further = further.of(order)
    held_out = cross_fit(
        texts,
        labels,
        len(names),
        vocabulary_size=size,
        seed=seed,
        progress=partial(progress, "hold rows out and choose"),
        groups=learnt.groups,
        weights=learnt.weights,
        further=further,
        further_rows=judged[read.rows],
    )
    served = None
    if held_out is not None:
        held = np.sort(np.concatenate([judged, np.flatnonzero(made)]))
        served = AsServed(
            texts=read,
            truths=tuple(None if labels[row] == OUT_OF_SCOPE else names[labels[row]] for row in judged),
            may_settle=np.array(
                [
                    len(ids) >= FEWEST_TOKENS and not has_cue(text)
                    for ids, text in zip(read_ids, read.texts, strict=True)
                ]
            ),
            lone_words=np.array([is_lone_word(text, commands) for text in read.texts], np.bool_),
            stances=_stances(stance, read.texts, further.embeddings, held_out.further_encoder),
            table=IntentTable.of_labels(names, urgent=urgent, person=person),
        )
        held_out, made = held_out.of(held), made[held]
    choice = choose(
        held_out,
        names,
        misroute_budget,
        is_multilingual=kit.is_multilingual,
        made=made,
        served=served,
        urgent_miss_budget=urgent_miss_budget,
    )
    progress("fit the heads", 0.0)
    heads = fit_heads(
        texts, labels, len(names), np.arange(len(labels)), vocabulary_size=size, seed=seed, weights=learnt.weights
    )
    progress("fit the heads", 1.0)
    report = _report(dataset, learnt, choice, held_out, ~made)
    described = {**provenance, "seed": seed, "encoder": kit.name}
    if finetuned is not None:
        report["finetune"], described["finetune"] = finetuned.report, finetuned.provenance
    examples = examples_of(dataset.utterances, dataset.intents, texts.embeddings) if is_written_for_it else NO_EXAMPLES
    firewall = firewall_folder(kit, progress)
    report["firewall"] = firewall_promise(firewall)
    words = {"counts": speller.counts, "commands": commands}
    manifest = _write(
        out,
        kit,
        heads.folded(token_vectors),
        examples,
        words,
        stance,
        firewall,
        names,
        choice,
        report,
        described,
    )
    return Trained(folder=out, manifest=manifest, report=report, seconds=perf_counter() - started)


def _stances(
    head: StanceHead | None, texts: Sequence[str], embeddings: Floats, scores: Floats | None
) -> tuple[Stance, ...]:
    """The stance of each text to its likeliest label, as the service would tell it."""
    if head is None or scores is None:
        return (Stance.WANTS,) * len(texts)
    likeliest = scores[:, :-HEAD_SIGNALS].argmax(axis=1)
    return tuple(
        head.stance(embedding, int(label)) if has_cue(text) else Stance.WANTS
        for text, embedding, label in zip(texts, embeddings, likeliest, strict=True)
    )


def require_replaceable(out: Path) -> None:
    """Raise BundleError unless `out` is free, empty or a bundle. Any other folder is left as it is."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if not out.exists() or (out.is_dir() and ((out / MANIFEST).is_file() or not any(out.iterdir()))):
            return
    except OSError as error:
        raise BundleError(f"{out} cannot be written: {error.strerror}.") from error
    raise BundleError(f"{out} is there already and is no bundle. Name another folder, or remove it first.")


def _report(
    dataset: Dataset, learnt: TrainingRows, choice: Choice, held_out: HeldOutScores | None, given: Flags
) -> dict[str, Any]:
    counts = Counter(dataset.intents)
    made = Counter(intent for intent, is_made in zip(learnt.rows.intents, learnt.synthetic, strict=True) if is_made)
    report: dict[str, Any] = {
        "rows": len(dataset),
        "repeated_rows": len(dataset) - int(learnt.judged.sum()),
        "noisy_copies": learnt.copies,
        "intents": len(dataset.labels),
        "out_of_scope_rows": counts[None],
        "rows_made": {"out_of_scope": made[None], NO_GOAL_YET: made[NO_GOAL_YET]},
        "fewest_examples": min(count for intent, count in counts.items() if intent is not None),
        "promise": choice.promise,
        "pressing": choice.pressing,
    }
    if held_out is not None:
        inside = given & (held_out.labels != OUT_OF_SCOPE)
        for head in ("lexical", "encoder"):
            guesses = getattr(held_out, head)[inside, :-HEAD_SIGNALS].argmax(axis=1)
            report[f"held_out_accuracy_{head}"] = float((guesses == held_out.labels[inside]).mean())
    return report


def _write(  # noqa: PLR0917
    out: Path,
    kit: EncoderKit,
    folded: tuple[LexicalWeights, EncoderHead],
    examples: Examples,
    words: Mapping[str, Any],
    stance: StanceHead | None,
    firewall: Path,
    names: tuple[str, ...],
    choice: Choice,
    report: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> Manifest:
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        shutil.copyfile(kit.graph, draft / ENCODER)
        shutil.copyfile(kit.tokenizer_file, draft / TOKENIZER)
        lexical, encoder_head = folded
        for prefix, weights in (("lexical", lexical), ("encoder_head", encoder_head)):
            for name in weights.__slots__:
                np.save(draft / f"{prefix}_{name}.npy", getattr(weights, name), allow_pickle=False)
        (draft / EXAMPLES).write_text(json.dumps(examples.texts, indent=1), encoding="utf-8")
        (draft / WORDS).write_text(json.dumps(words, sort_keys=True), encoding="utf-8")
        np.save(draft / EXAMPLE_VECTORS, examples.vectors, allow_pickle=False)
        if stance is not None:
            (draft / STANCE).write_text(json.dumps({"threshold": stance.threshold}), encoding="utf-8")
            np.save(draft / STANCE_WEIGHTS, stance.weights, allow_pickle=False)
            np.save(draft / STANCE_BIAS, stance.bias, allow_pickle=False)
            np.save(draft / STANCE_APPLIES, stance.applies, allow_pickle=False)
        for name in FIREWALL_FILES:
            shutil.copyfile(firewall / name, draft / name)
        (draft / "report.json").write_text(json.dumps(report, indent=1, sort_keys=True), encoding="utf-8")
        files = {path.name: file_hash(path) for path in sorted(draft.iterdir())}
        unnamed = Manifest(
            version="", labels=names, settings=choice.settings, thresholds=choice.thresholds,
            provenance=dict(provenance), files=files,
        )  # fmt: skip
        manifest = Manifest(
            version=unnamed.computed_version(), labels=names, settings=choice.settings,
            thresholds=choice.thresholds, provenance=dict(provenance), files=files,
        )  # fmt: skip
        (draft / MANIFEST).write_text(json.dumps(manifest.as_json(), indent=1), encoding="utf-8")
        verify(draft, manifest)
        draft.chmod(0o755)
        _replace(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _replace(draft: Path, out: Path) -> None:
    """Put the draft in the place of an older bundle. A process that has opened the older bundle keeps its files."""
    old = out.with_name(f".{out.name}-old-{os.getpid()}")
    if out.exists():
        out.rename(old)
    draft.rename(out)
    shutil.rmtree(old, ignore_errors=True)
