"""`POST /content/check`: judge whether a text may be said to a customer, without storing it."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from service.api.body import read_json
from service.api.openapi import described
from service.api.schema import ContentIn, ContentPolicyOut
from service.catalogue.schema import Catalogue
from service.context import Context
from service.domain.content import ContentKind
from service.errors import InvalidRequestError
from service.pipeline import answer as shape

JUDGING_SECONDS = 10.0
"""Far longer than the longest text takes. Beyond it the service is overloaded."""
router = APIRouter(tags=["content"])


class JudgedClauseOut(BaseModel):
    start: int = Field(description="Code points into the text.")
    end: int
    kind: ContentKind
    confidence: float
    words: list[str] = Field(
        description="The words that make the part promotional. Told of the three surest parts of kind relationship."
    )
    mend: str | None = Field(description="A way to say such a part otherwise.")


class ContentOut(BaseModel):
    kind: ContentKind = Field(
        description="relationship promotes, flatters or pleads; fulfilment gets the customer's errand done; "
        "service_notice states a fact or a duty. A text is of kind relationship if any part of it is."
    )
    confidence: float
    allowed: bool = Field(description="Whether it may be said to a contact with these goals.")
    clauses: list[JudgedClauseOut] = Field(description="The text in order, cut where one part is of another kind.")
    content_policy: ContentPolicyOut


@router.post(
    "/content/check",
    **described(
        ContentIn,
        ContentOut,
        summary="May this be said to a customer?",
        description="Judges a text of up to 4,000 characters, clause by clause. What promotes is allowed only to a "
        "contact who came for offers. Nothing is stored.",
    ),
)
async def content(request: Request) -> Response:
    context: Context = request.app.state.context
    said, _ = await read_json(request, ContentIn)
    edition = context.edition
    require_known(said.goals, edition.catalogue)
    async with context.admission.turn():
        judgement = await edition.judge.explain(said.text, seconds_left=JUDGING_SECONDS)
    answer = shape.content(judgement, said.goals, edition.catalogue.offer_goals)
    return Response(orjson.dumps(answer), media_type="application/json")


def require_known(goals: Sequence[str], catalogue: Catalogue) -> None:
    """Raise a refusal that names the first goal that is missing from the catalogue."""
    for place, goal in enumerate(goals):
        if goal not in catalogue.intents:
            field = f"goals.{place}"
            raise InvalidRequestError(
                f"{field}: The catalogue has no such intent.", field=field, mend="Send intents as /intent answers them."
            )
