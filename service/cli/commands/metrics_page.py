"""`errand config metrics`: the page of metrics, as Markdown, printed from their declarations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from service.measure.declaration import Declaration, OverWorkers, declarations
from service.measure.instruments import Instruments

HEAD: Final = """# Metrics

`GET /metrics` answers in the text format of Prometheus, over all workers of a service. `errand config metrics` prints
this page. [deploy](../deploy/README.md) holds alerts and a dashboard that read these metrics.

| Metric | Kind | Labels | Over workers | Meaning |
|---|---|---|---|---|
"""
LABELS_HEAD: Final = """
## Labels

Labels hold names and states, and never a customer's words or an id of a contact. `none` stands for an absent value.

| Label | Values |
|---|---|
"""
BUCKETS_HEAD: Final = """
## Buckets

A histogram `name` is read as `name_bucket`, `name_sum` and `name_count`. Upper bounds:

| Histogram | Bounds |
|---|---|
"""
TAIL: Final = """
A service with one worker also shows the `process_…` metrics of its process: memory, processor time, open files.
"""
OVER_WORKERS: Final[Mapping[OverWorkers, str]] = {
    "livesum": "sum of the living",
    "livemax": "highest of the living",
    "livemostrecent": "newest of the living",
    "liveall": "each, by `pid`",
}
LABELS: Final[Mapping[str, str]] = {
    "endpoint": "template of the route",
    "status": "HTTP status of the answer",
    "reason": "of a refusal: its code; of an abstention: its reason",
    "intent": "intent of the catalogue",
    "stage": "head that answered: `lexical` or `encoder`",
    "entry_point": "entry point of the catalogue",
    "channel": "channel of the contact",
    "kind": "of effort: kind of event; of announcements: `decision`, `delivery` or `outcome`",
    "cause": "cause of an event of effort",
    "path": "path of the catalogue",
    "result": "of an outcome: its result; of a probe: `told` or its failure; of the spool: fate of the decision; "
    "of promises: `made`, `kept`, `kept_late`, `failed` or `withdrawn`",
    "desk": "queue or rung of the catalogue that promised",
    "rung": "rung of the catalogue",
    "outcome": "outcome of the delivery",
    "destination": "scheme, host and port of a fulfilment system",
    "version": "version of Errand",
    "bundle": "version of the bundle",
    "catalogue": "version of the catalogue",
}


def metrics_page() -> str:
    """Return the whole page. Raises LookupError if the meaning of a label is missing."""
    declared = list(declarations(Instruments).values())
    labels = dict.fromkeys(label for each in declared for label in each.labels)
    parts = (
        (HEAD, map(_row, declared)),
        (LABELS_HEAD, (f"| `{label}` | {LABELS[label]} |\n" for label in labels)),
        (BUCKETS_HEAD, (_bounds(each) for each in declared if each.buckets)),
    )
    return "".join(head + "".join(rows) for head, rows in parts) + TAIL


def _row(declared: Declaration[Any]) -> str:
    cells = (
        f"`{declared.name}`",
        declared.kind.__name__.lower(),
        ", ".join(f"`{label}`" for label in declared.labels),
        OVER_WORKERS[declared.over_workers] if declared.over_workers else "sum",
        declared.meaning,
    )
    return f"| {' | '.join(cells)} |\n"


def _bounds(declared: Declaration[Any]) -> str:
    bounds = ", ".join(f"{bound:g}" for bound in declared.buckets)
    return f"| `{declared.name}` | {bounds} |\n"
