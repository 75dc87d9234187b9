"""What would become of a cart, if it were sent now? The very decision is made, and nothing of it is recorded."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.problems import Detail, details, sentence
from api.schema.assets import BodyName
from api.schema.free import WindowFilter, window_of
from api.schema.inputs import input_type
from domain.command import Envelope
from domain.papers.request import Request
from domain.refusals import Refusal
from domain.terms import Form, Step
from domain.usecases import perform
from domain.usecases.requesting import CartLine
from projections import organisations

CartLineInput, _taken = input_type(CartLine)


@strawberry.type(description="Whose approver would decide a step; without a body the step is passed over.")
class PreviewStep:
    step: Step
    body: BodyName | None


@strawberry.type(description="So many of an asset would be held for a line of the cart.")
class PreviewUnit:
    asset_id: UUID
    quantity: int


@strawberry.type(description="The request that one lending point would get.")
class RequestPreview:
    holder: BodyName
    warehouse_id: UUID | None
    units: list[PreviewUnit]
    steps: list[PreviewStep]
    due: datetime | None = strawberry.field(description="So long it would be held.")


@strawberry.type(description="What would become of a cart now: the requests it would make, or why not.")
class CartPreview:
    accepted: bool
    code: str | None
    message: str | None
    path: list[str]
    details: list[Detail]
    requests: list[RequestPreview]


def cart_preview(  # the arguments of a GraphQL field
    info: Info,
    body: UUID,
    lines: list[CartLineInput],  # type: ignore[valid-type]  # made from the domain's value at run time
    form: Form = Form.LOAN,
    window: WindowFilter | None = None,
    partly: Annotated[bool, strawberry.argument(description="Ask for what there is.")] = False,
) -> CartPreview:
    context = info.context
    command = context.app.desk.look(Envelope(account=context.principal.account, command_id=UUID(int=0)))
    try:
        said: dict[str, Any] = {
            "body": body, "purpose": "preview", "lines": tuple(_taken(one, f"lines.{n}") for n, one in enumerate(lines)),
            "form": Form(form), "window": window_of(info, window) if window else None, "partly": partly,
        }  # fmt: skip
        perform("submit_requests", command, said)
    except Refusal as no:
        return CartPreview(
            accepted=False, code=no.code, message=sentence(no.code, no.values, context.language),
            path=[part for part in no.path.split(".") if part], details=details(no.values), requests=[],
        )  # fmt: skip
    papers = [root for root in command.roots.values() if isinstance(root, Request) and root.version == 0]
    bodies = {one for paper in papers for one in paper.parties}
    with context.app.reader.connection() as connection:
        names = organisations.names(connection, list(bodies))
    return CartPreview(
        accepted=True, code=None, message=None, path=[], details=[], requests=[_preview(one, names) for one in papers]
    )  # fmt: skip


def _preview(paper: Request, names: dict[UUID, str]) -> RequestPreview:
    return RequestPreview(
        holder=BodyName(id=paper.holder, name=names.get(paper.holder)),
        warehouse_id=paper.warehouse,
        units=[
            PreviewUnit(asset_id=asset, quantity=quantity) for asset, (_, quantity) in paper.units.items()
        ],
        steps=[
            PreviewStep(
                step=one.step, body=BodyName(id=one.body, name=names.get(one.body)) if one.body else None
            )
            for one in paper.steps
        ],
        due=paper.due,
    )
