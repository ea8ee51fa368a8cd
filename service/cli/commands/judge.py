"""The judge of what is said to customers, for commands: of the bundle, or fitted for want of one."""

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
    """Version of the bundle it is of; `None`: it was fitted on the default encoder."""


def open_judge(settings: Settings, console: Console, *, bundle: Path | None = None) -> OpenJudge:
    """The judge of the bundle that is named or set; where there is none yet, one as it would be built into it."""
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
