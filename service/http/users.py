"""Accounts over HTTP, for administrators: who there is, who is whose patient, and who did what."""

from aiohttp import web

from service.http import account_schemas as s
from service.http import cursors
from service.http.answers import as_json
from service.http.audit import actor, doorkeeper
from service.http.body import query, read
from service.http.keys import ENDINGS
from service.model.accounts import Role
from service.storage.accounts_port import AuditQuery


async def find(request: web.Request) -> web.Response:
    """List every account."""
    return as_json({"users": await doorkeeper(request).people.all()})


async def add(request: web.Request) -> web.Response:
    """Make an account."""
    people = doorkeeper(request).people
    wanted = await read(request, s.NewUser)
    user = await people.add(actor(request), wanted["name"], wanted["password"], Role(wanted["role"]))
    return as_json(await people.told(user), 201, {"Location": f"/api/v1/users/{user.id}"})


async def change(request: web.Request) -> web.Response:
    """Change an account; what it may no longer see ends at once."""
    people = doorkeeper(request).people
    wanted = await read(request, s.UserChanges)
    role = Role(wanted.pop("role")) if "role" in wanted else None
    user = await people.change(actor(request), request.match_info["user_id"], role=role, **wanted)
    await request.app[ENDINGS].look()
    return as_json(await people.told(user))


async def remove(request: web.Request) -> web.Response:
    """Remove an account; what was made with it stays, for administrators."""
    await doorkeeper(request).people.remove(actor(request), request.match_info["user_id"])
    await request.app[ENDINGS].look()
    return web.Response(status=204)


async def assign(request: web.Request) -> web.Response:
    """Give a patient to a therapist."""
    people = doorkeeper(request).people
    wanted = await read(request, s.Assignment)
    therapist = await people.assign(actor(request), request.match_info["user_id"], wanted["patient_id"])
    await request.app[ENDINGS].look()
    return as_json(await people.told(therapist))


async def unassign(request: web.Request) -> web.Response:
    """Take a patient away from a therapist."""
    people = doorkeeper(request).people
    names = request.match_info
    therapist = await people.assign(actor(request), names["user_id"], names["patient_id"], is_assigned=False)
    await request.app[ENDINGS].look()
    return as_json(await people.told(therapist))


async def audit_log(request: web.Request) -> web.Response:
    """Show who did what, newest first."""
    store = doorkeeper(request).people.store
    wanted = query(request, s.AuditPage)
    before = cursors.number(wanted["cursor"]) if wanted["cursor"] else None
    entries = await store.audit_entries(
        AuditQuery(before, wanted["limit"] + 1, wanted["action"], wanted["user_id"])
    )
    page = entries[: wanted["limit"]]
    cursor = cursors.of_number(page[-1].number) if len(entries) > len(page) else None
    body = {"entries": [entry.to_json() for entry in page], "next_cursor": cursor}
    return as_json(body, headers=cursors.next_link(request, cursor))
