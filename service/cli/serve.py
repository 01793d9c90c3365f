"""`serve`: check what can be checked before anything is opened, then hand over to the composition root."""

from service.cli.invocation import Invocation
from service.cli.log_output import configure
from service.config import check_binding


def run(invocation: Invocation) -> int:
    """Run the desk until it is told to stop. Raises DeskError `accounts_required`."""
    check_binding(invocation.config)
    if invocation.settings.ignored:
        names = ", ".join(invocation.settings.ignored)
        invocation.terminal.say(f"No settings go by these names, they are ignored: {names}")
    configure(invocation.config)
    return invocation.lent.serve(invocation.settings)
