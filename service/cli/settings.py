"""`config`: which settings are in force, and which of the four places each came from."""

from service.cli.exits import Exit
from service.cli.invocation import Invocation


def run(invocation: Invocation) -> int:
    """Print the effective settings with their origins."""
    settings, terminal = invocation.settings, invocation.terminal
    values = settings.config.to_json()
    if terminal.is_json:
        terminal.json(
            {
                "file": str(settings.file) if settings.file else None,
                "settings": {
                    name: {"value": value, "origin": settings.origins[name]} for name, value in values.items()
                },
                "ignored": list(settings.ignored),
            }
        )
        return Exit.OK
    rows = [(name, _shown(value), settings.origins[name]) for name, value in values.items()]
    terminal.table(("setting", "value", "origin"), rows)
    if settings.ignored:
        terminal.say(f"No settings go by these names, they are ignored: {', '.join(settings.ignored)}")
    return Exit.OK


def _shown(value: object) -> object:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "[]"
    if isinstance(value, dict):
        return ", ".join(f"{name}={one}" for name, one in value.items()) or "{}"
    return value
