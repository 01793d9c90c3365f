"""Whom work is about: named by an account when accounts are on, by any words while they are off."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from service.http.authenticate import forbidden
from service.http.identity import caller
from service.http.keys import DOORKEEPER
from service.kinds.base import Kind
from service.model.accounts import Role
from service.model.errors import DeskError
from service.model.policy import Action, Thing, may


async def subject_named(request: web.Request, named: str | None) -> str | None:
    """Return whom new work is about: the account of that id or name, or the patient who sends it.

    With accounts off it is a label of any text. Raises `forbidden` for whom the caller may not name, in the same
    words whether there is such an account or not; to an administrator `user_not_found`, or that it is no patient.
    """
    who, keeper = caller(request), request.app.get(DOORKEEPER)
    if keeper is None or who.id is None:
        return named.strip() or None if named else None
    if named is None:
        return who.id if who.role is Role.PATIENT else None
    try:
        user = await keeper.people.store.user(named)
    except DeskError as error:
        if error.code != "user_not_found" or who.role is Role.ADMIN:
            raise
        raise _not_yours() from None
    is_patient = user.role is Role.PATIENT or user.id == who.id
    if who.role is Role.ADMIN and not is_patient:
        raise forbidden("A session is about a patient.")
    if not is_patient or not may(who, Action.SUBMIT_SESSION, Thing(who.id, user.id)):
        raise _not_yours()
    return user.id


async def subject_in_args(request: web.Request, kind: Kind, args: Mapping[str, Any]) -> str | None:
    """Return whom the args of a job say that it is about; raises as `subject_named`."""
    named = args.get(kind.subject_arg) if kind.subject_arg is not None else None
    # The kind's schema has the last word on anything that is no text.
    return await subject_named(request, named) if isinstance(named, str) else None


def subject_of_files(request: web.Request, kind: Kind, about: str | None, subject: str | None) -> str | None:
    """Return whom a job is about whose files come from a job about `about`; `subject` is what its args say.

    What is about a person stays about that person, and with kinds that know of people: any other may keep of it
    what outlives the right to see it (a library, an index). Raises `forbidden`.
    """
    if about is None or caller(request).id is None:
        return subject or about
    if kind.subject_arg is None:
        raise forbidden(f"The files of a session are not for {kind.name}.")
    if subject not in (None, about):
        raise forbidden("The files of this session are about somebody else.")
    return about


def _not_yours() -> DeskError:
    return forbidden("You may hand in sessions of your own patients only.")
