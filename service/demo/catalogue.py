"""The demo's catalogue: the starter's files as they are, but for the paths that call the example shop."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from service.catalogue.loader import starter_folder

OWN_PATHS: Final = Path(__file__).with_name("paths.yaml")
OWN_FILE: Final = "demo.yaml"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def write_catalogue(folder: Path) -> Path:
    """The demo's catalogue, in a folder within `folder` that is named by its contents and is whole once it exists."""
    files = compose(
        starter={path.name: path.read_text(encoding="utf-8") for path in sorted(starter_folder().glob("*.yaml"))},
        own_paths=OWN_PATHS.read_text(encoding="utf-8"),
    )
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:12]
    target = folder / f"catalogue-{digest}"
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".catalogue-", dir=folder))
    try:
        for name, text in files.items():
            (made / name).write_text(text, encoding="utf-8")
        made.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was first, with the same contents
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def compose(*, starter: Mapping[str, str], own_paths: str) -> dict[str, str]:
    """File name and text of each file, with the starter's paths cut out where there is an own one."""
    own = yaml.safe_load(own_paths)["paths"].keys()
    return {**{name: _without(text, own) for name, text in starter.items()}, OWN_FILE: own_paths}


def _without(text: str, names: Collection[str]) -> str:
    """The text without the lines of these paths; intents and examples stay as they are written, to the byte."""
    lines = text.splitlines(keepends=True)
    for first, end in sorted(_path_lines(text, names), reverse=True):
        del lines[first:end]
    return "".join(lines)


def _path_lines(text: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    document = yaml.compose(text, Loader=_LOADER)
    for section, entries in document.value if document is not None else ():
        if section.value == "paths":
            for name, path in entries.value:
                if name.value in names:
                    yield name.start_mark.line, path.end_mark.line
