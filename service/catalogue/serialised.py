"""A checked catalogue as one text without its files, to be stored and read again elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from service.catalogue.path_rules import addresses, path_filled_in, refused_address
from service.catalogue.schema import Catalogue, Path
from service.errors import CatalogueError, EditionError, Problem


def to_text(catalogue: Catalogue) -> str:
    """Return the same text for the same catalogue. Pass the catalogue as in `CatalogueReport.written`."""
    return catalogue.model_dump_json()


def of_text(text: str, environment: Mapping[str, str]) -> Catalogue:
    """Return the catalogue, with `${VARIABLES}` filled in from this environment.

    Raises `EditionError` if another version of Errand wrote the text, and `CatalogueError` if a variable is unset here.
    """
    written = read_text(text)
    paths = {name: path_filled_in(path, environment) for name, path in written.paths.items()}
    if problems := [problem for path in paths.values() for problem in _problems(path)]:
        raise CatalogueError(problems)
    return written.with_paths(paths)


def read_text(text: str) -> Catalogue:
    """Return the catalogue as written. Raises `EditionError` if another version of Errand wrote the text."""
    try:
        return Catalogue.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise EditionError(
            f"The published catalogue cannot be read by this version of Errand ({place}). Use the same version "
            "everywhere, or publish it again with this one: errand publish"
        ) from None


def _problems(path: Path) -> Iterator[Problem]:
    for rung in path.all_rungs:
        for place, url in addresses(rung):
            for words in refused_address(url):
                yield Problem(
                    severity="error",
                    rule=words.rule,
                    file="published",
                    line=0,
                    where=".".join(("paths", path.name, rung.name, *map(str, place))),
                    message=words.message,
                    mend=words.mend,
                )
