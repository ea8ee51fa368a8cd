"""Compares two OpenAPI documents by the rules of docs/compatibility.md: fields are only added, some enums grow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]
JSON_TYPES = ("application/json", "application/problem+json")


@dataclass(slots=True, kw_only=True)
class Shape:
    """A schema without references and alternatives: a union of all that it allows."""

    name: str
    """Name of the schema, or of the schema with the field, such as `ReadinessOut.status`."""
    kinds: set[str] = field(default_factory=set)
    values: set[Any] = field(default_factory=set)
    fields: dict[str, Schema] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    inner: dict[str, Schema] = field(default_factory=dict)
    """Schemas of the elements of lists and maps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    old: Schema
    new: Schema
    growing: Collection[str]
    """Names of the enums that may grow."""
    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def breaches(self) -> Iterator[str]:
        """Sentences about all in the new document that a caller of the old one may stumble over."""
        for path, methods in self.old["paths"].items():
            for method, operation in methods.items():
                where = f"{method.upper()} {path}"
                if (now := self.new["paths"].get(path, {}).get(method)) is None:
                    yield f"{where} is gone"
                    continue
                yield from self._parameters(operation, now, where)
                yield from self._body(operation.get("requestBody", {}), now.get("requestBody", {}), where)
                yield from self._answers(operation["responses"], now["responses"], where)

    def _parameters(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        before, after = ({(each["in"], each["name"]): each for each in one.get("parameters", ())} for one in (old, new))
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{where} requires {key[0]} {key[1]}"
        for key, parameter in before.items():
            if key not in after:
                yield f"{where} lost {key[0]} {key[1]}"
            else:
                yield from self._schema(parameter["schema"], after[key]["schema"], f"{where} {key[1]}", is_sent=True)

    def _body(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield f"{where} requires a body"
        yield from self._content(old, new, where, is_sent=True)

    def _answers(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        for status, answer in old.items():
            if status not in new:
                if status.startswith("2"):
                    yield f"{where} lost status {status}"
                continue
            for header in answer.get("headers", {}).keys() - new[status].get("headers", {}).keys():
                yield f"{where} {status} lost header {header}"
            yield from self._content(answer, new[status], f"{where} {status}", is_sent=False)

    def _content(self, old: Schema, new: Schema, where: str, *, is_sent: bool) -> Iterator[str]:
        for kind, held in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"{where} lost {kind}"
            elif kind in JSON_TYPES:
                yield from self._schema(held["schema"], new["content"][kind]["schema"], where, is_sent=is_sent)

    def _schema(self, old: Schema, new: Schema, where: str, *, is_sent: bool) -> Iterator[str]:
        before, after = shape_of(old, self.old, where), shape_of(new, self.new, where)
        if (step := (before.name, after.name, is_sent)) in self.seen:
            return
        self.seen.add(step)
        yield from self._values(before, after)
        changed = before.kinds - after.kinds if is_sent else after.kinds - before.kinds
        if changed:
            yield f"{before.name} changed its type: {sorted(changed)}"
        for name in sorted(before.fields.keys() - after.fields.keys()):
            yield f"{before.name} lost {name}"
        if is_sent:
            for name in sorted(after.required - before.required):
                yield f"{before.name} requires {name}"
        else:
            for name in sorted((before.required - after.required) & after.fields.keys()):
                yield f"{before.name} may lack {name}"
        for name in before.fields.keys() & after.fields.keys():
            yield from self._schema(before.fields[name], after.fields[name], f"{before.name}.{name}", is_sent=is_sent)
        for name in before.inner.keys() & after.inner.keys():
            yield from self._schema(before.inner[name], after.inner[name], f"{before.name}[{name}]", is_sent=is_sent)

    def _values(self, before: Shape, after: Shape) -> Iterator[str]:
        for value in sorted(before.values - after.values):
            if after.values or not after.kinds:
                yield f"{before.name} lost {value!r}"
        for value in sorted(after.values - before.values):
            if before.values and before.name not in self.growing:
                yield f"{before.name} grew by {value!r}"


def shape_of(schema: Schema, document: Schema, name: str) -> Shape:
    shape = Shape(name=name)
    for part in _parts(schema, document):
        if "$ref" in part:
            shape.name = part["$ref"].rpartition("/")[2]
            continue
        shape.kinds |= {part["type"]} if "type" in part else set()
        shape.values |= {*part.get("enum", ()), *([part["const"]] if "const" in part else ())}
        shape.fields |= part.get("properties", {})
        shape.required |= {*part.get("required", ())}
        if isinstance(part.get("items"), dict):
            shape.inner["items"] = part["items"]
        if isinstance(part.get("additionalProperties"), dict):
            shape.inner["values"] = part["additionalProperties"]
    return shape


def _parts(schema: Schema, document: Schema) -> Iterator[Schema]:
    """A schema with its alternatives and all that they refer to. References come first."""
    if "$ref" in schema:
        yield {"$ref": schema["$ref"]}
        yield from _parts(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    yield {key: value for key, value in schema.items() if key != "$ref"}
    for key in ("anyOf", "oneOf", "allOf"):
        for alternative in schema.get(key, ()):
            yield from _parts(alternative, document)
