"""Which projections are there? Nothing is found by scanning: this is the list."""

from projections.availability_fold import Availability
from projections.codes_fold import Codes
from projections.deadlines_fold import Deadlines
from projections.figures_fold import Figures
from projections.history_fold import History
from projections.inbox_fold import Inboxes
from projections.labels_fold import Labels
from projections.organisations_fold import Organisations
from projections.papers_fold import Papers
from projections.projection import Projection
from projections.register_fold import Register

ALL: tuple[Projection, ...] = (
    Register(), Codes(), History(), Papers(), Availability(), Organisations(), Deadlines(), Inboxes(), Figures(), Labels(),
)  # fmt: skip
