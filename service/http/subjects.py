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

    With accounts off it is a label of any text. Raises `forbidden` for no patient and for nobody that a caller may
    name, and `user_not_found` to an administrator. Whether the caller may hand in work about them is not asked here.
    """
    who, keeper = caller(request), request.app.get(DOORKEEPER)
    if keeper is None or who.id is None:
        return named.strip() or None if named else None
    if named is None:
        return who.id if who.role is Role.PATIENT else None
    try:
        user = await keeper.people.store.user(named)
    except DeskError as error:
        if error.code != "user_not_found" or who.role is not Role.ADMIN:
            raise forbidden("You may hand in sessions of your own patients only.") from None
        raise
    if user.role is not Role.PATIENT and user.id != who.id:
        raise forbidden("A session is about a patient.")
    return user.id


async def subject_in_args(request: web.Request, kind: Kind, args: Mapping[str, Any]) -> str | None:
    """Return whom the args of a job say that it is about; raises as `subject_named`, and for whom one may not see."""
    named = args.get(kind.subject_arg) if kind.subject_arg is not None else None
    if not isinstance(named, str):  # the kind's schema has the last word on anything else
        return None
    subject = await subject_named(request, named)
    if not may(caller(request), Action.SUBMIT_SESSION, Thing(caller(request).id, subject)):
        raise forbidden("You may not hand in a session of this patient.")
    return subject


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
