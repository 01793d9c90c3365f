"""What the desk is set to and what it stands on, for those who run it."""

import asyncio

from aiohttp import web

from service.doctor.look import look
from service.http.answers import as_json
from service.http.keys import DESK, DOCTOR, SETTINGS
from service.http.pages import bundled
from service.http.version import VERSION


async def show(request: web.Request) -> web.Response:
    """Show every setting in force and where it came from; of keys and passwords only that they are set."""
    settings = request.app[SETTINGS]
    values = settings.config.to_json()
    told = {name: {"value": value, "origin": settings.origins[name]} for name, value in values.items()}
    return as_json(
        {
            "version": VERSION,
            "file": str(settings.file) if settings.file else None,
            "settings": told,
            "ignored": list(settings.ignored),
        }
    )


async def doctor(request: web.Request) -> web.Response:
    """Look at everything the desk stands on; the database without its indexes, so that a large one answers soon."""
    settings, desk = request.app[SETTINGS], request.app[DESK]
    kinds = [(info.name, info.available, info.reason, info.remediation) for info in desk.kinds.all()]

    def see() -> list[dict[str, str | None]]:
        findings = look(settings, bundled("migrations"), kinds, is_ours=True, is_quick=True)
        return [finding.to_json() for finding in findings]

    async with request.app[DOCTOR]:  # one look at a time: it reads the whole database
        checks = await asyncio.to_thread(see)
    return as_json({"ok": all(check["status"] != "fail" for check in checks), "checks": checks})
