"""The command line: read the arguments and settings, run one command, turn what went wrong into words and a code."""

import os
import sys
from collections.abc import Callable, Sequence

from service.cli import parser
from service.cli.exits import Exit, of_error
from service.cli.invocation import Invocation, Lent
from service.cli.terminal import Terminal
from service.config import load
from service.model.errors import DeskError


def run(argv: Sequence[str], lend: Callable[[], Lent]) -> int:
    """Run one command and return its exit code; what the command line may not import is lent to it."""
    try:
        args = parser.build().parse_args(argv)
    except SystemExit as stop:  # argparse has said what is wrong
        return stop.code if isinstance(stop.code, int) else Exit.USAGE
    terminal = Terminal(is_json=args.json, is_quiet=args.quiet)
    invocation = None
    try:
        settings = load(parser.flags(args), file=args.config)
        invocation = Invocation(args, settings, terminal, lend)
        code = parser.handler(args.handler)(invocation)
        terminal.out.flush()
    except DeskError as error:
        terminal.error(error)
        return of_error(error)
    except KeyboardInterrupt:
        terminal.say(invocation.on_interrupt if invocation else "Interrupted.")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough. The interpreter would complain once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except OSError as error:
        terminal.error(DeskError("os_error", str(error)))
        return Exit.FAILED
    return code
