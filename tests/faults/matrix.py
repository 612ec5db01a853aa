"""F21 to F28 of the fault matrix: what each row is called, and its faults."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.clocks import JUMPED, JUMPED_OUTSIDE
from tests.faults.echoes import ECHOED
from tests.faults.experiments import Case
from tests.faults.journals import FAILED_JOURNALS
from tests.faults.listings import SHIFTED
from tests.faults.moves import FILLED, MANY_MOVED, MOVED
from tests.faults.refusals import NOTES, REFUSED, REFUSED_SLOWLY

SEED = 20261122


@dataclass(frozen=True)
class Row:
    """A row of the matrix; ``kind`` is what the table of the campaign counts."""

    number: str
    kind: str
    cases: tuple[Case, ...]

    def some(self, most: int, cases: Sequence[Case]) -> list[Case]:
        """A few of these cases, the same in every run."""
        return random.Random(f"{SEED} {self.number}").sample(cases, most)


F21 = Row("F21", "lists that lose rows or cap their pages", SHIFTED)
F22 = Row("F22", "creates that are refused and executed", (*REFUSED, *REFUSED_SLOWLY))
F23 = Row("F23", "moves before a write", (*MOVED, *MANY_MOVED))
F24 = Row("F24", "clocks that jump in doubt", (*JUMPED, *JUMPED_OUTSIDE))
F25 = Row("F25", "answers that repeat our headers", ECHOED)
F26 = Row("F26", "notes that are kept differently", NOTES)
F27 = Row("F27", "fills during a question or between trades", FILLED)
F28 = Row("F28", "journals that fail after the send", FAILED_JOURNALS)
ROWS = (F21, F22, F23, F24, F25, F26, F27, F28)
