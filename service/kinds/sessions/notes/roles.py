"""Who is the therapist: by the name that is shown, else by who asks and who tells."""

from collections import defaultdict

from service.kinds.sessions.notes.phrasebook import pattern
from service.kinds.sessions.notes.sentences import Role, plain, split
from service.kinds.sessions.transcript import Transcript


def roles_of(transcript: Transcript) -> dict[str, Role]:
    """Return the role of each speaker's key; `unknown` where neither names nor manners tell."""
    named = {key: _by_name(transcript.name_of(key) or key) for key in _speakers(transcript)}
    if "therapist" in named.values() or "client" in named.values():
        return _completed(named)
    return _by_manner(transcript)


def _speakers(transcript: Transcript) -> list[str]:
    return list(
        dict.fromkeys(segment.speaker for segment in transcript.segments if segment.speaker is not None)
    )


def _by_name(name: str) -> Role:
    folded = plain(name)
    if pattern("manner", "client").search(folded):
        return "client"
    return "therapist" if pattern("manner", "therapist").search(folded) else "unknown"


def _completed(named: dict[str, Role]) -> dict[str, Role]:
    """Of two speakers of whom one is known, the other is the other."""
    open_keys = [key for key, role in named.items() if role == "unknown"]
    if len(open_keys) == 1 and len(named) == 2:
        other: Role = "client" if "therapist" in named.values() else "therapist"
        return named | {open_keys[0]: other}
    if "client" not in named.values():  # a couple or a family with a therapist: all the others are clients
        return {key: role if role == "therapist" else "client" for key, role in named.items()}
    return named


def _by_manner(transcript: Transcript) -> dict[str, Role]:
    """Of two speakers without telling names, the one who asks more and tells less of themselves is the therapist."""
    asks: dict[str, float] = defaultdict(float)
    tells: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for segment in transcript.segments:
        key = segment.speaker
        if key is None:
            continue
        for sentence in split(segment.text):
            folded = plain(sentence)
            counts[key] += 1
            asks[key] += sentence.rstrip().endswith("?") + len(pattern("manner", "asks").findall(folded))
            tells[key] += len(pattern("manner", "tells").findall(folded))
    if len(counts) != 2:
        return dict.fromkeys(counts, "unknown")
    score = {key: (asks[key] - 0.5 * tells[key]) / counts[key] for key in counts}
    therapist = max(score, key=lambda key: score[key])
    if abs(score[therapist] - min(score.values())) < 0.2:
        return dict.fromkeys(counts, "unknown")
    return {key: "therapist" if key == therapist else "client" for key in counts}
