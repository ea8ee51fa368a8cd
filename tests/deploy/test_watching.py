"""Rules and dashboard speak of metrics and labels that the service exports, so that none of them waits for ever."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from service.measure.instruments import Instruments
from tests.support.deployment import DEPLOY, documents

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
OF_PROMETHEUS = {"job", "instance", "le"}
"""Labels that its configuration or a histogram adds."""
(RULES,) = documents(DEPLOY / "prometheus" / "rules.yaml")
RULE_LIST: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
ALERTS = [rule for rule in RULE_LIST if "alert" in rule]
RECORDED = {rule["record"]: rule["expr"] for rule in RULE_LIST if "record" in rule}
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "errand.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = {
    **{rule.get("alert") or rule["record"]: rule["expr"] for rule in RULE_LIST},
    **{f"{panel['title']} {target['refId']}": target["expr"] for panel in PANELS for target in panel["targets"]},
}


@pytest.fixture(scope="session")
def exported() -> dict[str, set[str]]:
    """Every name under which Prometheus keeps a figure of ours, with its labels."""
    registry = Instruments().registry
    labels = {
        family.name: set(getattr(collector, "_labelnames", ()))
        for collector in registry._collector_to_names
        for family in collector.collect()
    }
    return {
        family.name + suffix: labels[family.name]
        for family in registry.collect()
        for suffix in SUFFIXES.get(family.type, ())
    }


def metrics_in(expression: str) -> set[str]:
    """What it reads: names of metrics, and of what rules record."""
    return set(re.findall(r"\b(?:errand|process)[_:][\w:]+", re.sub(r'"[^"]*"', '""', expression)))


def labels_in(expression: str) -> Iterator[str]:
    """What it tells apart by."""
    for listed in re.findall(r"\b(?:by|on|ignoring|group_left)\s*\(([^)]*)\)", expression):
        yield from (label.strip() for label in listed.split(",") if label.strip())
    for matched in re.findall(r"\{([^{}]*)\}", expression):
        yield from re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matched)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_reads_what_is_exported(name: str, exported: dict[str, set[str]]) -> None:
    """Metrics by their exact names, recorded ones by their rules, and labels that these have."""
    read = metrics_in(EXPRESSIONS[name])
    assert read, "it reads something"
    assert read <= exported.keys() | RECORDED.keys()

    raw = {metric for each in read for metric in (metrics_in(RECORDED[each]) if each in RECORDED else {each})}
    known = OF_PROMETHEUS.union(*(exported[metric] for metric in raw))
    assert set(labels_in(EXPRESSIONS[name])) <= known


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    """In a sentence or more, to whoever is called, and only after a while."""
    summary = alert["annotations"]["summary"]

    assert len(re.findall(r"[a-z]{2,}", summary)) >= 12
    assert alert["labels"]["severity"] in {"page", "warn"}
    assert alert["for"]
    labels = set(labels_in(alert["expr"])) | {"instance"}
    assert set(re.findall(r"\$labels\.(\w+)", summary)) <= labels | {
        label for record in metrics_in(alert["expr"]) & RECORDED.keys() for label in labels_in(RECORDED[record])
    }


def test_names_are_given_once() -> None:
    """Of alerts, recorded figures and panels."""
    names = [rule.get("alert") or rule["record"] for rule in RULE_LIST]
    identities = [panel["id"] for panel in DASHBOARD["panels"]]

    assert len(names) == len(set(names))
    assert len(identities) == len(set(identities))
    assert RECORDED.keys() <= {metric for expression in EXPRESSIONS.values() for metric in metrics_in(expression)}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_explains_itself(panel: dict[str, Any]) -> None:
    """It has a sentence, figures, and names its lines by labels that they have."""
    assert panel["description"].endswith(".")
    assert panel["targets"]
    for target in panel["targets"]:
        by = set(re.findall(r"\bby\s*\(([^)]*)\)", target["expr"]))
        kept = {label.strip() for listed in by for label in listed.split(",")} | {"instance"}
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept


def test_panels_lie_side_by_side() -> None:
    """None covers another."""
    for one, other in combinations([panel["gridPos"] for panel in DASHBOARD["panels"]], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


def test_the_service_is_asked_for_metrics_as_it_is_deployed() -> None:
    """Prometheus finds servers by the labels and the port name of the manifests."""
    (prometheus,) = documents(DEPLOY / "prometheus" / "prometheus.yaml")
    (deployment,) = documents(DEPLOY / "kubernetes" / "base" / "deployment.yaml")
    template = deployment["spec"]["template"]
    (job,) = prometheus["scrape_configs"]
    by_labels, by_port, _ = job["relabel_configs"]

    labels = [name.removeprefix("__meta_kubernetes_pod_label_") for name in by_labels["source_labels"]]
    told = {re.sub(r"[^a-zA-Z0-9]", "_", name): value for name, value in template["metadata"]["labels"].items()}
    assert ";".join(told[label] for label in labels) == by_labels["regex"]
    assert by_port["regex"] == template["spec"]["containers"][0]["ports"][0]["name"]
    assert prometheus["rule_files"] == ["rules.yaml"]
