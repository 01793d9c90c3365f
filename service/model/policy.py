"""Who may do what: the one function that every route and every stream asks. docs/accounts.md shows it as a table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.model.accounts import Caller, Role


class Action(StrEnum):
    """What a request wants to do, as far as rights go.

    VISIT: what everybody may, signed in or not (pages, health, the login itself).
    LOOK: what everybody who is signed in may; lists answer with what the caller may see.
    SUBMIT: put work in line. SUBMIT_SESSION: put a session in line, about the person it names.
    SEE: read one thing. CHANGE: cancel, confirm, retry, decide or delete one thing.
    MOVE: give a waiting job another place, past the jobs of others.
    OPERATE: what concerns the desk as a whole (pause, clear, metrics) and the accounts themselves.
    """

    VISIT = "visit"
    LOOK = "look"
    SUBMIT = "submit"
    SUBMIT_SESSION = "submit_session"
    SEE = "see"
    CHANGE = "change"
    MOVE = "move"
    OPERATE = "operate"


class Verdict(StrEnum):
    """The answer. HIDDEN: the caller may not even know that it is there."""

    YES = "yes"
    SIGN_IN = "sign_in"
    HIDDEN = "hidden"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Thing:
    """Whose something is (`owner`, an account's id) and which person it is about (`subject`, for sessions)."""

    owner: str | None
    subject: str | None = None


# Patients hand in recordings and read what became of them; everything else at a desk is not for them.
_MAY_SUBMIT: Final = frozenset({Role.ADMIN, Role.THERAPIST, Role.MEMBER})


def decide(caller: Caller | None, action: Action, thing: Thing | None = None) -> Verdict:
    """Return whether a caller (None: nobody is signed in) may do something, to a thing where there is one."""
    if action is Action.VISIT:
        return Verdict.YES
    if caller is None:
        return Verdict.SIGN_IN
    is_new = (
        action is Action.SUBMIT_SESSION
    )  # whom it will be about is asked for below; there is nothing to see yet
    if thing is not None and not is_new and not caller.may_see(thing.owner, thing.subject):
        return Verdict.HIDDEN
    return Verdict.YES if caller.role is Role.ADMIN or _is_granted(caller, action, thing) else Verdict.NO


def may(caller: Caller | None, action: Action, thing: Thing | None = None) -> bool:
    """Tell whether a caller may do something, to a thing where there is one."""
    return decide(caller, action, thing) is Verdict.YES


def _is_granted(caller: Caller, action: Action, thing: Thing | None) -> bool:
    """Whether somebody who is no admin may do this, to a thing that they see."""
    match action:
        case Action.VISIT | Action.LOOK | Action.SEE:
            return True
        case Action.SUBMIT:
            return caller.role in _MAY_SUBMIT
        case Action.SUBMIT_SESSION:
            subject = thing.subject if thing is not None else None
            return subject is None or caller.may_see(caller.id, subject)
        case Action.CHANGE:
            # What a patient's therapist handed in is the therapist's to change, though the patient sees it.
            return caller.role is not Role.PATIENT or (thing is not None and thing.owner == caller.id)
        case Action.MOVE | Action.OPERATE:
            return False
