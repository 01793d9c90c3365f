"""The door: `python app.py …` runs the command line, `create_app(config)` returns the whole application.

What makes up the desk is put together in service/composition.py, which is imported when it is asked for: a command
that only asks a server starts twice as fast without it.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from service.cli.invocation import Lent
from service.cli.main import run as run_command_line

if TYPE_CHECKING:
    from service.composition import create_app, open_people

__all__ = ["create_app", "lend", "main", "open_people"]


def __getattr__(name: str) -> object:
    """Import a name of the composition root when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("service.composition"), name)


def lend() -> Lent:
    """Return what the command line may not import."""
    from service.composition import MIGRATIONS, open_people, serve
    from service.storage.lock import lock_data_dir

    return Lent(serve, MIGRATIONS, lock_data_dir, open_people)


def main() -> None:
    """Run the command line."""
    sys.exit(run_command_line(sys.argv[1:], lend))


if __name__ == "__main__":
    main()
