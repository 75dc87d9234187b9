"""How the labels follow the log: each as its own fold says, what it ever named, what jobs printed, and what things have gone on as."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.aggregate import Fact, Recorded
from domain.asset import Asset
from domain.label import Label, LabelBound, LabelIssued, LabelMoved, LabelScanned
from domain.life.correcting import DoubleEnded
from domain.life.splitting import Itemised, MergedAway, SplitOff
from domain.papers.print_job import PrintJob, PrintJobAdvanced
from projections.changes import Changes, Connection, Table
from projections.feed import Batch
from projections.lines import NULL, moment, text, uid, yes
from projections.lives import Lives
from projections.projection import Projection, replace
from projections.things import things

LABEL = Table(
    "label",
    (("id", "uuid"),),
    (
        "version", "token", "state", "kind", "thing", "piece", "body", "copies", "affixed", "damaged", "replaced_by", "why", "made",
        "changed", "scans", "scanned", "scan_place", "scan_with",
    ),
)  # fmt: skip
NAMED = Table("named", (("label", "uuid"), ("n", "integer")), ("thing", "piece", "since"))
PRINTED = Table("printed", (("job", "uuid"), ("chunk", "integer"), ("n", "integer")), ("label", "copy"))
LINEAGE = Table("lineage", (("thing", "uuid"), ("successor", "uuid")), ("position",))

NAMING = (LabelIssued, LabelBound, LabelMoved)
GOES_ON = frozenset({SplitOff, Itemised, MergedAway, DoubleEnded})
"""What happens to a thing that has become others by it."""


class Labels(Projection):
    """The projection `labels`."""

    name = "labels"
    version = 1
    kinds = (Label.KIND, PrintJob.KIND, Asset.KIND)
    tables = (LABEL, NAMED, PRINTED, LINEAGE)

    def listens(self, batch: Batch) -> bool:
        kinds = batch.kinds()
        return not kinds.isdisjoint({Label.KIND, PrintJob.KIND}) or (
            Asset.KIND in kinds and batch.may_have(GOES_ON)
        )

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        found = things(connection, batch, Label) if Label.KIND in batch.kinds() else {}
        begun = batch.begun(Label.KIND)
        replace(connection, changes, LABEL, begun, [_label(one.root, one.facts) for one in found.values()])
        replace(
            connection, changes, NAMED, begun, [line for one in found.values() for line in _named(one.facts)]
        )
        for facts in batch.facts(PrintJob.KIND):
            for one in facts:
                if isinstance(one.fact, PrintJobAdvanced):
                    changes.add(PRINTED, *_printed(one.stream, one.fact))
        if batch.may_have(GOES_ON):
            for facts in batch.facts(Asset.KIND):
                for one in facts:
                    changes.add(LINEAGE, *_lineage(one))
        return changes


def _label(label: Label, facts: Sequence[Recorded]) -> str:
    named = label.names
    scan = next((one for one in reversed(facts) if isinstance(one.fact, LabelScanned)), None)
    seen = scan.fact if scan is not None and isinstance(scan.fact, LabelScanned) else None
    return (
        f"{uid(label.id)}\t{label.version}\t{text(label.token)}\t{label.state.value}\t{named.kind.value if named else NULL}"
        f"\t{uid(named.thing if named else None)}\t{NULL if named is None or named.piece is None else named.piece}"
        f"\t{uid(label.body)}\t{label.copies}\t{label.affixed.value if label.affixed else NULL}\t{yes(label.damaged)}"
        f"\t{uid(label.by)}\t{label.why.value if label.why else NULL}\t{moment(facts[0].occurred_at)}"
        f"\t{moment(facts[-1].occurred_at)}\t{label.scans}\t{moment(scan.occurred_at if scan else None)}"
        f"\t{uid(seen.place if seen else None)}\t{uid(seen.found_with if seen else None)}"
    )


def _named(facts: Sequence[Recorded]) -> Iterator[str]:
    """What a label has named, in order."""
    naming = [(one, one.fact.to) for one in facts if isinstance(one.fact, NAMING)]
    for n, (one, to) in enumerate(naming):
        piece = NULL if to.piece is None else str(to.piece)
        yield f"{uid(one.stream)}\t{n}\t{uid(to.thing)}\t{piece}\t{moment(one.occurred_at)}"


def _printed(job: UUID, fact: PrintJobAdvanced) -> Iterator[str]:
    copies = fact.copies or (0,) * len(fact.labels)
    for n, (label, copy) in enumerate(zip(fact.labels, copies, strict=True)):
        yield f"{uid(job)}\t{fact.chunk}\t{n}\t{uid(label)}\t{copy}"


def _lineage(one: Recorded) -> Iterator[str]:
    for successor in _successors(one.fact):
        yield f"{uid(one.stream)}\t{uid(successor)}\t{one.position}"


def _successors(fact: Fact) -> tuple[UUID, ...]:
    match fact:
        case SplitOff():
            return (fact.part,)
        case Itemised():
            return fact.parts
        case MergedAway() | DoubleEnded():
            return (fact.into,)
    return ()
