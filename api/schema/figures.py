"""The figures for those who decide: idle, used again, late, asked and got, hours, avoided; by body, level or class."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.problems import Rejected
from api.schema.free import WindowFilter, window_of
from api.schema.inputs import enum
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from domain.classification import EDITIONS, name_of
from domain.command import Envelope
from domain.ids import uuid7
from domain.policy_book import terms
from domain.terms import LoanTerms
from domain.texts import Language, word
from domain.values import ClassCode, Window
from projections import figures
from projections.figures import By

LONGEST = timedelta(days=3660)
MOST_GROUPS = 500
enum(By)


@strawberry.type(description="Offered in the pool and not out, at this moment.")
class IdleFigures:
    assets: int
    pieces: int
    median_days: float
    longest_days: float


@strawberry.type(
    description="Used by another department than the holder's. One reuse counts once, however often it goes out and back."
)
class ReuseFigures:
    offered: int = strawberry.field(description="Assets that were offered at any time of the period.")
    reused: int = strawberry.field(description="How many of them were used again.")
    reuses: int
    rate: float | None
    utilisation: float | None = strawberry.field(description="Days out of days offered.")


@strawberry.type(description="Lines of loans that fell due in the period, by who borrowed.")
class LateFigures:
    due: int
    late: int
    rate: float | None


@strawberry.type(description="Requests that ended without all of it, for this reason.")
class RefusalFigures:
    state: str
    state_text: str = strawberry.field(description="The state in words.")
    why: str
    why_text: str = strawberry.field(description="The reason in words; empty where none was kept.")
    requests: int


@strawberry.type(description="What was asked for in the period, and got by now.")
class AskedFigures:
    requests: int
    pieces: int
    got: int
    fill_rate: float | None
    refusals: list[RefusalFigures]


@strawberry.type(description="The middle of the hours it took, of what was handed over in the period.")
class HoursFigures:
    listing_to_request: float | None
    request_to_hand_over: float | None


@strawberry.type(description="What hand-overs from the pool made needless to buy; each counts once.")
class AvoidedFigures:
    currency: str
    amount: Decimal
    pieces: int


@strawberry.type(description="The figures of one body, level or class, or of all.")
class FigureGroup:
    key: str
    name: str
    idle: IdleFigures | None
    reuse: ReuseFigures | None
    late: LateFigures | None
    asked: AskedFigures | None
    hours: HoursFigures | None
    avoided: list[AvoidedFigures]


def figure_groups(
    info: Info,
    period: Annotated[WindowFilter, strawberry.argument(description="Half-open; ten years at most.")],
    by: By = By.ALL,
    after_position: AfterPosition = None,
) -> list[FigureGroup]:
    wait_for(info, "figures", after_position)
    span, now, reach = _period(info, period), now_of(info), reach_of(info)
    app = info.context.app
    looking = app.desk.look(Envelope(account=info.context.principal.account, command_id=uuid7()))
    same_again = timedelta(days=terms(looking, LoanTerms).terms.break_days)
    with app.reader.connection() as connection:
        idle = figures.idle(connection, reach, by, now)
        reuse = figures.reuse(connection, reach, by, span, now, same_again)
        late = figures.late(connection, reach, by, span, now)
        asked = figures.asked(connection, reach, by, span, now)
        refusals = figures.refusals(connection, reach, by, span, now)
        hours = figures.hours(connection, reach, by, span, now)
        avoided = figures.avoided(connection, reach, by, span, now)
        keys = sorted({*idle, *reuse, *late, *asked, *hours, *avoided})[:MOST_GROUPS]
        names = figures.labels(connection, by, keys)
    return [
        FigureGroup(
            key=key,
            name=names.get(key) or _called(by, key, info.context.language),
            idle=_idle(idle.get(key)),
            reuse=_reuse(reuse.get(key)),
            late=_late(late.get(key)),
            asked=_asked(asked.get(key), refusals.get(key, []), info.context.language),
            hours=_hours(hours.get(key)),
            avoided=[AvoidedFigures(**one._asdict()) for one in avoided.get(key, [])],
        )
        for key in keys
    ]


def _reuse(row: figures.Reuse | None) -> ReuseFigures | None:
    return row and ReuseFigures(
        offered=row.offered, reused=row.reused, reuses=row.reuses, rate=row.rate, utilisation=row.utilisation
    )


def _late(row: figures.Late | None) -> LateFigures | None:
    return row and LateFigures(due=row.due, late=row.late, rate=row.rate)


def _asked(
    row: figures.Asked | None, refused: list[figures.Refused], language: Language
) -> AskedFigures | None:
    return row and AskedFigures(
        requests=row.requests,
        pieces=row.pieces,
        got=row.got,
        fill_rate=row.fill_rate,
        refusals=[
            RefusalFigures(
                state=one.state,
                state_text=word(language, one.state),
                why=one.why,
                why_text=word(language, one.why),
                requests=one.requests,
            )
            for one in refused
        ],
    )


def _idle(row: figures.Idle | None) -> IdleFigures | None:
    return row and IdleFigures(**row._asdict())


def _hours(row: figures.Hours | None) -> HoursFigures | None:
    return row and HoursFigures(**row._asdict())


def _called(by: By, key: str, language: Language) -> str:
    """A level by its word, a class by the name its edition gives it, where a table knows it."""
    if by is By.LEVEL:
        return word(language, key)
    named = (
        (name_of(ClassCode(one.scheme, one.edition, key), language) for one in EDITIONS)
        if by is By.CLASS
        else ()
    )
    return next(filter(None, named), key)


def _period(info: Info, given: WindowFilter) -> Window:
    span = window_of(info, given)
    if span.end - span.start > LONGEST:
        raise Rejected("PERIOD_TOO_LONG", info.context.language, days=LONGEST.days)
    return span
