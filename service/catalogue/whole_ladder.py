"""The rungs of a path as written, and the whole ladder: the path's own rungs, then those of `policy.otherwise`.

A rung of `otherwise` is left out if the path has a rung of the same kind and name. A promise is also left out if the
path makes a promise of that kind at any time and on every channel, so that nobody is promised two calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from service.catalogue.detail import Detail
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.schema import MOST_RUNGS, Path, Policy, Rung
from service.catalogue.yaml_document import Place

_RUNG: Final[TypeAdapter[Rung]] = TypeAdapter(Rung)


def sound_rungs(path: ParsedEntry[Path]) -> list[tuple[Place, Rung]]:
    """Return the readable rungs, even if the path has a mistake elsewhere. The extra mile comes last."""
    if path.model:
        rungs: list[tuple[Place, Rung]] = [(("rungs", index), rung) for index, rung in enumerate(path.model.rungs)]
        return rungs + ([(("extra_mile",), path.model.extra_mile)] if path.model.extra_mile else [])
    return _readable([*_placed(path, "rungs"), (("extra_mile",), path.content.get("extra_mile"))])


def sound_otherwise(policy: ParsedEntry[Policy] | None) -> list[tuple[Place, Rung]]:
    """Return the readable rungs of `otherwise`, even if the policy has a mistake elsewhere."""
    return [] if policy is None else _readable(_placed(policy, "otherwise"))


def added_rungs(path: ParsedEntry[Path], draft: Draft) -> list[Rung]:
    """Return the rungs of `otherwise` that the path itself lacks."""
    if _ends_itself(path):
        return []
    own = [rung for place, rung in sound_rungs(path) if place[0] == "rungs"]
    return _lacking(own, [rung for _, rung in sound_otherwise(draft.policy.get(ALONE))])


def find_whole_ladder(path: ParsedEntry[Path], draft: Draft) -> Sequence[Rung]:
    """Return the whole ladder of a path, or an empty one if a part of it is unreadable."""
    policy = draft.policy.get(ALONE)
    if policy is None and not draft.whole:  # the policy may be in the unread part, with rungs of its own
        return ()
    if policy is not None and len(sound_otherwise(policy)) < len(policy.items("otherwise")):
        return ()
    own = [rung for place, rung in sound_rungs(path) if place[0] == "rungs"]
    is_readable = len(own) == len(path.items("rungs")) <= MOST_RUNGS
    return [*own, *added_rungs(path, draft)] if is_readable else ()


def completed(path: Path, policy: Policy, details: Mapping[str, Detail]) -> Path:
    """Return the path as served: with the rungs of `otherwise`, and with a reason for each need."""
    rungs = [*path.rungs, *(_lacking(path.rungs, policy.otherwise) if path.otherwise else ())]
    extra_mile = None if path.extra_mile is None else with_reasons(path.extra_mile, details)
    return path.model_copy(
        update={"rungs": tuple([with_reasons(rung, details) for rung in rungs]), "extra_mile": extra_mile}
    )


def with_reasons(rung: Rung, details: Mapping[str, Detail]) -> Rung:
    """Return the rung with the reasons of the details for needs without one."""
    if all(need.why for need in rung.needs):
        return rung
    needs = [
        need if need.why else need.model_copy(update={"why": details[need.field].why or ""}) for need in rung.needs
    ]
    return rung.model_copy(update={"needs": tuple(needs)})


def _ends_itself(path: ParsedEntry[Path]) -> bool:
    if path.model:
        return not path.model.otherwise
    return (path.text("otherwise") or "").lower() in {"false", "no", "off"}


def _lacking(own: Sequence[Rung], otherwise: Iterable[Rung]) -> list[Rung]:
    return [rung for rung in otherwise if not any(_stands_for(each, rung) for each in own)]


def _stands_for(own: Rung, rung: Rung) -> bool:
    if own.kind != rung.kind:
        return False
    return own.name == rung.name or (own.is_promise and own.hours is None and own.channels is None)


def _placed(entry: ParsedEntry[Any], key: str) -> list[tuple[Place, Any]]:
    return [((key, index), content) for index, content in enumerate(entry.items(key))]


def _readable(written: Iterable[tuple[Place, Any]]) -> list[tuple[Place, Rung]]:
    return [(place, rung) for place, content in written if (rung := _find_rung(content))]


def _find_rung(content: Any) -> Rung | None:
    try:
        return _RUNG.validate_python(content)
    except ValidationError:
        return None
