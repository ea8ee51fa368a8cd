"""The details that a catalogue declares: names, kinds and words. Values of customers stay elsewhere."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from service.catalogue.fields import DetailName, Example, Text
from service.catalogue.frozen import Frozen
from service.domain.detail import DetailKind, DetailOption, DetailSpec


class Detail(Frozen):
    """A detail that customers tell, and that rungs need. Values stay outside the catalogue."""

    name: DetailName
    kind: DetailKind
    ask: Text | None = None
    """Sentence that asks for the detail. `question` stands in for a missing one."""
    why: Text | None = None
    """The customer's reason to give the detail. A need without a reason takes this one."""
    examples: tuple[Example, ...] = ()
    """Sentences with the value in braces. For a flag, words that make it true."""
    options: tuple[Text, ...] = ()
    """Values of a choice."""

    @property
    def question(self) -> str:
        """The sentence to ask for the detail with."""
        return self.ask or f"Please tell us the {self.name.replace('_', ' ')}."

    @property
    def spec(self) -> DetailSpec:
        """The detail as the finder of details knows it."""
        options = tuple([DetailOption(name=option) for option in self.options])
        return DetailSpec(name=self.name, kind=self.kind, ask=self.question, examples=self.examples, options=options)

    @property
    def may_be_redacted(self) -> bool:
        """True if the value may be taken from what the redactor has found. Only a reference may."""
        return self.kind is DetailKind.REFERENCE

    @model_validator(mode="after")
    def _options_belong_to_a_choice(self) -> Self:
        if self.kind is DetailKind.CHOICE and len(set(self.options)) < 2:
            mend = "Add 'options:' with two values or more."
            raise PydanticCustomError("missing_key", "A choice needs options to choose from.", {"mend": mend})
        if self.kind is not DetailKind.CHOICE and self.options:
            mend = "Remove the options, or write 'kind: choice'."
            raise PydanticCustomError("unknown_key", "Only a choice has options.", {"mend": mend})
        return self
