"""The root of all questions."""

from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.schema.assets import asset, asset_by_number, assets
from api.schema.borrowed import borrowed_in
from api.schema.demand import demand, demands, emergency, emergency_list_hash
from api.schema.figures import figure_groups
from api.schema.free import asset_availability, catalogue, comes_free, free_of_class, overdue_loans
from api.schema.history import happenings, history_of
from api.schema.inputs import enum
from api.schema.kits import kit
from api.schema.labels import label, label_list, labels_of, print_job
from api.schema.loans import damage_case, loan
from api.schema.notices import inbox, unread_count
from api.schema.organisations import bodies, body, place, places
from api.schema.papers import paper, paper_list, slips
from api.schema.policies import policies, policy_in_force
from api.schema.pool_checks import pool_check, verify_certificate
from api.schema.reading import reach_of
from api.schema.request_preview import cart_preview
from api.schema.requests import request, request_list
from api.schema.rounds import rounds
from api.schema.scan import scan_code
from domain.values import Role
from projections import organisations

enum(Role)


@strawberry.type(description="What an account may do, and where.")
class RoleIn:
    role: Role
    scope_id: UUID


@strawberry.type(description="The account that asks.")
class Me:
    account_id: UUID
    person_id: UUID | None
    body_id: UUID | None
    roles: list[RoleIn]
    reads_everything: bool


def me(info: Info) -> Me | None:
    id = info.context.principal.account
    with info.context.app.reader.connection() as connection:
        row = organisations.account(connection, id)
        granted = organisations.roles(connection, id)
    if row is None:
        return None
    return Me(
        account_id=id,
        person_id=row.person,
        body_id=row.body,
        roles=[RoleIn(role=Role(role), scope_id=scope) for role, scope in granted],
        reads_everything=reach_of(info).everything,
    )


@strawberry.type(description="Questions. Nothing here changes anything.")
class Query:
    me: Me | None = strawberry.field(resolver=me, description="Who is asking, with which roles.")
    assets = strawberry.field(
        resolver=assets,
        description="What there is: the own subtree's goods and whatever is offered in the pool, today or at any point of both clocks.",
    )
    asset = strawberry.field(resolver=asset, description="One asset, if it may be read.")
    assets_by_number = strawberry.field(
        resolver=asset_by_number, description="The assets that ever had this number, ours or an issuer's."
    )
    scan = strawberry.field(
        resolver=scan_code,
        description="What a scanned or typed code is: a thing, a choice, a retired or blank label, or why not. Records nothing.",
    )
    history = strawberry.field(resolver=history_of, description="What happened to a thing, in sentences.")
    happenings = strawberry.field(
        resolver=happenings, description="What happened anywhere, the newest record first."
    )
    availability = strawberry.field(
        resolver=asset_availability,
        description="How many of these assets are free in a window, and what claims them.",
    )
    free_of_class = strawberry.field(
        resolver=free_of_class, description="How many of a class are free in a window, and where."
    )
    comes_free = strawberry.field(
        resolver=comes_free, description="How many of a class are free from when on: what comes free when."
    )
    catalogue = strawberry.field(
        resolver=catalogue,
        description="The classes of which something usable is there, by code; with a window, what is free.",
    )
    figures = strawberry.field(
        resolver=figure_groups,
        description="The figures for those who decide: idle, used again, late, asked and got, hours, avoided; of what the asker reads.",
    )
    overdue_loans = strawberry.field(
        resolver=overdue_loans, description="Loans past their day, the longest overdue first."
    )
    loan = strawberry.field(
        resolver=loan,
        description="One loan: what is out until when, what became of each line, and what may be done with it now.",
    )
    damage_case = strawberry.field(
        resolver=damage_case,
        description="One damage case: what is owed, by whom, and what may be done about it now.",
    )
    borrowed_in = strawberry.field(
        resolver=borrowed_in,
        description="What a body has borrowed, from whom and until when: its register of borrowed things, on any date.",
    )
    papers = strawberry.field(
        resolver=paper_list, description="Loans, intakes, transfers, cases …, the newest first."
    )
    paper = strawberry.field(resolver=paper, description="One paper.")
    cart_preview = strawberry.field(
        resolver=cart_preview,
        description="What would become of a cart, if it were sent now: nothing is recorded.",
    )
    requests = strawberry.field(
        resolver=request_list,
        description="What bodies ask of the pool, the newest first; also those that need my decision.",
    )
    request = strawberry.field(
        resolver=request,
        description="One request, with what stands in its way and what may be done with it now.",
    )
    demands = strawberry.field(
        resolver=demands,
        description="The demand list: who waits for what is open to all; which body it is, to its readers.",
    )
    demand = strawberry.field(resolver=demand, description="One demand, with what is held for its turn.")
    emergency = strawberry.field(
        resolver=emergency,
        description="One emergency order: what it took, from whom it was before, what is missing.",
    )
    kit = strawberry.field(resolver=kit, description="One kit, and whether all of it is free in a window.")
    labels = strawberry.field(
        resolver=label_list,
        description="Labels, the newest first: of what the asker's bodies hold, keep or run, and their blanks.",
    )
    label = strawberry.field(resolver=label, description="One label.")
    labels_of = strawberry.field(
        resolver=labels_of,
        description="All labels that name a thing or pieces of it, or ever named it; the newest first.",
    )
    print_job = strawberry.field(
        resolver=print_job, description="One print job: how far it is, or why nothing came of it."
    )
    emergency_list_hash = strawberry.field(
        resolver=emergency_list_hash,
        description="The hash of these lines: the decision by which they are ordered names it as its list.",
    )
    slips = strawberry.field(resolver=slips, description="Numbered slips, with voids and reprints.")
    pool_check = strawberry.field(
        resolver=pool_check, description="One pool check before a purchase: what matched, what was decided."
    )
    verify_certificate = strawberry.field(
        resolver=verify_certificate,
        description="Whether a certificate is real: whoever signs in and has its number and code may ask.",
    )
    inbox = strawberry.field(
        resolver=inbox,
        description="What the account is told, the newest first: only its own, and what is for those who hold its roles.",
    )
    unread_count = strawberry.field(
        resolver=unread_count, description="How many notices are unread; counting stops at 1,000."
    )
    rounds = strawberry.field(
        resolver=rounds,
        description="The sharing rounds of an offer: which ring may ask from when on, and who has asked so far.",
    )
    policies = strawberry.field(
        resolver=policies,
        description="The terms of sharing, every version: who decides, how long, when. What is shipped has version 0.",
    )
    policy_in_force = strawberry.field(
        resolver=policy_in_force,
        description="Which terms hold at a warehouse, for a body, for a class, on a day.",
    )
    bodies = strawberry.field(resolver=bodies, description="Bodies and divisions, by name.")
    body = strawberry.field(resolver=body, description="One body.")
    places = strawberry.field(resolver=places, description="Warehouses and the places in them, by code.")
    place = strawberry.field(resolver=place, description="One place.")
