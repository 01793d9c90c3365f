"""A shipping kind that ends its process, or the whole service, where a row has come to. For tests of crashes only.

It reads `die-at` in the desk's data folder: lines `point row victim`, the victim being `child` or `service`. A line is
taken out before it is obeyed, so that each death happens once.
"""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from service.kinds.shipping.kind import ShippingKind


class DyingShippingKind(ShippingKind):
    """Ships like the real one, and dies on demand."""

    name: ClassVar[str] = "shipping-dying"

    def at_point(self, point: str, row_number: int) -> None:
        """Die if that is wanted here; the child works in `<data>/jobs/<id>/work`."""
        orders = Path.cwd().parents[2] / "die-at"
        lines = orders.read_text().splitlines()
        victims = {line.split()[2]: line for line in lines if line.split()[:2] == [point, str(row_number)]}
        for victim, line in victims.items():
            orders.write_text("\n".join(one for one in lines if one != line))
            if victim == "service":
                os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    def routes(self) -> Sequence[Any]:
        """Return none: the real kind's paths are there already."""
        return ()
