"""Who may do what, said once more in plain rows."""

import pytest

from service.model.accounts import LOCAL, NOBODY, Caller, Role
from service.model.policy import Action, Thing, Verdict, decide, may

ADA = Caller("ada", "Ada", Role.ADMIN)
THEO = Caller("theo", "Theo", Role.THERAPIST, frozenset({"pia"}))
PIA = Caller("pia", "Pia", Role.PATIENT)
MAX = Caller("max", "Max", Role.MEMBER)
EVERYBODY = (ADA, THEO, PIA, MAX)
OF_MAX, OF_THEO = Thing("max"), Thing("theo")
BY_THEO_ABOUT_PIA, BY_PIA = Thing("theo", "pia"), Thing("pia", "pia")
BY_THEO_ABOUT_PETE = Thing("theo", "pete")
YES, NO, HIDDEN = Verdict.YES, Verdict.NO, Verdict.HIDDEN


def test_without_signing_in_one_may_only_visit() -> None:
    for action in Action:
        assert may(None, action) is (action is Action.VISIT)
        assert decide(None, action, OF_MAX) is (YES if action is Action.VISIT else Verdict.SIGN_IN)


def test_an_administrator_and_the_person_at_the_machine_may_do_everything() -> None:
    for caller in (ADA, LOCAL):
        for thing in (None, OF_MAX, BY_PIA, Thing(None)):
            assert all(may(caller, action, thing) for action in Action)


@pytest.mark.parametrize(
    ("action", "thing", "theo", "pia", "max_"),
    [
        (Action.LOOK, None, YES, YES, YES),
        (Action.SUBMIT, None, YES, NO, YES),
        (Action.OPERATE, None, NO, NO, NO),
        (Action.SEE, OF_MAX, HIDDEN, HIDDEN, YES),
        (Action.SEE, OF_THEO, YES, HIDDEN, HIDDEN),
        (Action.SEE, BY_THEO_ABOUT_PIA, YES, YES, HIDDEN),
        (Action.SEE, BY_PIA, YES, YES, HIDDEN),
        (Action.SEE, BY_THEO_ABOUT_PETE, HIDDEN, HIDDEN, HIDDEN),
        (Action.SEE, Thing(None), HIDDEN, HIDDEN, HIDDEN),
        (Action.CHANGE, OF_MAX, HIDDEN, HIDDEN, YES),
        (Action.CHANGE, BY_THEO_ABOUT_PIA, YES, NO, HIDDEN),
        (Action.CHANGE, BY_PIA, YES, YES, HIDDEN),
        (Action.MOVE, OF_MAX, HIDDEN, HIDDEN, NO),
        (Action.MOVE, BY_PIA, NO, NO, HIDDEN),
        (Action.SUBMIT_SESSION, None, YES, YES, YES),
        (Action.SUBMIT_SESSION, Thing("x", "pia"), YES, YES, NO),
        (Action.SUBMIT_SESSION, Thing("x", "pete"), NO, NO, NO),
        (Action.SUBMIT_SESSION, Thing("x"), YES, YES, YES),
    ],
)
def test_the_others_may(
    action: Action, thing: Thing | None, theo: Verdict, pia: Verdict, max_: Verdict
) -> None:
    assert [decide(caller, action, thing) for caller in (THEO, PIA, MAX)] == [theo, pia, max_]


def test_who_has_not_signed_in_sees_nothing_even_as_a_caller() -> None:
    for thing in (OF_MAX, BY_PIA, Thing(None), Thing(None, "pia")):
        assert decide(NOBODY, Action.SEE, thing) is HIDDEN
