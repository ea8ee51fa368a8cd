"""Write the demo's catalogue: the starter's files as they are, except for the paths that call the example shop."""

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
    """Write the demo's catalogue into a folder within `folder`, and return the inner folder.

    The inner folder is named by its contents. It is complete as soon as it exists.
    """
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
    """Return each file's name and text. A path of the starter is cut out if the demo has a path of the same name."""
    own = yaml.safe_load(own_paths)["paths"].keys()
    return {**{name: _without(text, own) for name, text in starter.items()}, OWN_FILE: own_paths}


def _without(text: str, names: Collection[str]) -> str:
    """Cut out the lines of these paths. Intents and examples stay as they are written, to the byte."""
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
