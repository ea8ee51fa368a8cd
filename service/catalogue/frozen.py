"""Base of all values of a catalogue."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    later: ClassVar[frozenset[str]] = frozenset()
    """Fields that the first catalogues lacked."""

    @model_serializer(mode="wrap")
    def _as_before_there_were_later_fields(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out later fields with their default, so that older catalogues keep the fingerprint on record."""
        fields = type(self).model_fields
        unset = {key for key in self.later if getattr(self, key) == fields[key].get_default(call_default_factory=True)}
        return {key: value for key, value in written(self).items() if key not in unset}
