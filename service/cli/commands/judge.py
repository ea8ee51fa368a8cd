"""Opens the judge of texts for customers, for commands: from the bundle, or fitted now without one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from service.cli.commands.progress import step_bars
from service.settings import Settings
from service.understand.bundle import MANIFEST, is_of_another_format, open_bundle
from service.understand.firewall.content_judge import ContentJudge
from service.understand.firewall.head import load_firewall


class OpenJudge(NamedTuple):
    judge: ContentJudge
    bundle: str | None
    """Version of the judge's bundle, or `None` if the judge was fitted on the default encoder."""


def open_judge(settings: Settings, console: Console, *, bundle: Path | None = None) -> OpenJudge:
    """Open the judge of the named or set bundle. Without a bundle, fit the judge that would be built into one."""
    folder = bundle or settings.resolved_bundle
    is_own = bundle is not None or settings.bundle is not None
    if is_own or ((folder / MANIFEST).is_file() and not is_of_another_format(folder)):
        opened = open_bundle(folder)
        return OpenJudge(judge=opened.judge, bundle=opened.cascade.version)
    console.print(f"No bundle in {folder} yet: judging by a firewall fitted now, as it would be built into one.")
    return OpenJudge(judge=_fitted(settings.home / "cache", console), bundle=None)


def _fitted(cache: Path, console: Console) -> ContentJudge:
    from service.learn.encoders.prepared import open_kit  # noqa: PLC0415
    from service.learn.encoders.source import default_source  # noqa: PLC0415
    from service.learn.firewall import firewall_folder  # noqa: PLC0415  (takes seconds to import)

    with step_bars(console) as progress:
        kit = open_kit(default_source(), cache, progress)
        folder = firewall_folder(kit, progress)
    return ContentJudge(load_firewall(folder, kit.tokenizer, kit.encoder))
