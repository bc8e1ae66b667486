"""Second writings of every operator: by other libraries, and by hand without the kit's code. One file per operator or family.

``REFERENCES`` holds them by kind, and ``measure`` says how far an operator is from one.
"""

from tests.references.base import Reference
from tests.references.compounds import COMPOUNDS
from tests.references.measure import TOLERANCE, Difference, gap, measure
from tests.references.simple import SIMPLE

REFERENCES: dict[str, tuple[Reference, ...]] = {**SIMPLE, **COMPOUNDS}

__all__ = ["REFERENCES", "TOLERANCE", "Difference", "Reference", "gap", "measure"]
