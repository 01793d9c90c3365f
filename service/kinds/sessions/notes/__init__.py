"""Notes on a conversation: what it was about, what was agreed, what worries; each with the words it rests on."""

from collections.abc import Callable, Mapping
from typing import Any

from service.kinds.sessions.notes.claims import read_answer, verified
from service.kinds.sessions.notes.endpoint import Endpoint, EndpointError, ask
from service.kinds.sessions.notes.rules import notes_by_rules
from service.kinds.sessions.notes.schema import checked
from service.kinds.sessions.transcript import Transcript


def extract_notes(
    transcript: Transcript, settings: Mapping[str, Any], report: Callable[[float, str], None]
) -> dict[str, Any]:
    """Return the notes on a transcript in the shape of `schema.Notes`, checked against it.

    `settings` are the kind's own (notes_url, notes_model, notes_key: an OpenAI-compatible endpoint that is asked
    when it is named; what it says of danger is joined with what the rules find, and the rules stand in when it
    fails). `report` is told how much is done, 0 to 1, in words that hold none of the transcript's.
    """
    endpoint = Endpoint.of(settings)
    share = 0.5 if endpoint is not None else 1.0
    notes = notes_by_rules(transcript, lambda fraction, message: report(share * fraction, message))
    if endpoint is not None:
        report(share, "Asking the language model")
        notes = _by_model(endpoint, transcript, notes)
    report(1.0, "Notes are made")
    return checked(notes)


def _by_model(endpoint: Endpoint, transcript: Transcript, by_rules: dict[str, Any]) -> dict[str, Any]:
    """Return the model's notes; those of the rules, with a warning, when it gives no usable answer."""
    try:
        answer = read_answer(ask(endpoint, transcript))
    except (EndpointError, ValueError) as error:
        message = f"The language model was not of use: {error}. These notes were made by rules."
        return {**by_rules, "warnings": [*by_rules["warnings"], {"code": "model_failed", "message": message}]}
    return verified(answer, by_rules, transcript, endpoint.model)
