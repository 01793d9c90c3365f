"""app.py with a planted death: the process kills itself (-9) at the N-th commit, before or after it.

    python tests/crash/dying_serve.py serve --port 0 --data-dir DIR    (with DIR/die-at holding `before 7`)

The file is taken away when it is read, so the next start lives.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import app
from service.storage.sqlite import database

_real: Callable[..., Any] = database._run_group


def _plant(data_dir: Path) -> None:
    plan = data_dir / "die-at"
    if not plan.exists():
        return
    moment, number = plan.read_text().split()
    plan.unlink()
    seen = 0

    def dying(connection: sqlite3.Connection, group: list[Any]) -> Any:
        nonlocal seen
        seen += 1
        if seen == int(number) and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = _real(connection, group)
        if seen == int(number) and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    database._run_group = dying


_plant(Path(sys.argv[sys.argv.index("--data-dir") + 1]))
app.main()
