"""What `deploy/` says: its manifests as values, and the pods and containers in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.bundles import ROOT

DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "kubernetes" / "base"
EXAMPLE = DEPLOY / "kubernetes" / "overlays" / "example"
Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod, or what makes pods."""

    name: str
    labels: Mapping[str, str]
    spec: Manifest

    @property
    def containers(self) -> list[Manifest]:
        """Those that prepare it included."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]


def documents(path: Path) -> list[Manifest]:
    """Every document of a YAML file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def listed(folder: Path) -> list[Path]:
    """Files that a kustomization and those below it name, in their order."""
    (kustomization,) = documents(folder / "kustomization.yaml")
    found = [(folder / name).resolve() for name in kustomization["resources"]]
    return [file for path in found for file in (listed(path) if path.is_dir() else [path])]


def manifests(folder: Path = BASE) -> dict[tuple[str, str], Manifest]:
    """What a kustomization brings into a cluster, by kind and name; patches are not applied."""
    return {
        (document["kind"], document["metadata"]["name"]): document
        for path in listed(folder)
        for document in documents(path)
    }


def pods(of: Mapping[tuple[str, str], Manifest]) -> Iterator[Pod]:
    """Every template of pods among manifests."""
    for (kind, name), manifest in of.items():
        spec = manifest["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else manifest.get("spec", {})
        if "template" in spec:
            template = spec["template"]
            yield Pod(name=name, labels=template["metadata"]["labels"], spec=template["spec"])
