"""What to ask when a word is left over, and what to offer. A left-over word never makes a filter wider."""

import difflib
from typing import Final, NoReturn

from service.kinds.shipping.folding import fold
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import Choice, Reader
from service.kinds.shipping.sentence.services import ask_about_service

_SAYING: Final[dict[v.Phrase, str]] = {
    (word,): "a text"
    for word in ("marked", "labeled", "labelled", "tagged", "flagged", "saying", "with", "holding")
}
_WORDS: Final = sorted(
    {
        word
        for table in (
            v.VERBS,
            v.NOUNS,
            v.DETERMINERS,
            v.EXCEPTIONS,
            v.COMPARISONS,
            v.SERVICE_WORDS,
            v.PREDICATES,
        )
        for phrase in table
        for word in phrase
        if len(word) > 3
    }
    | {"pounds", "dollars", "without", "whose"}
)


def ask_about_next(reader: Reader, known: Known, *, is_target: bool = False) -> NoReturn:
    """Ask about the next word, which nothing explains; `is_target` when a place or a customer was due."""
    token = reader.peek()
    if token.sort == "end":
        reader.ask("The sentence breaks off. Which orders are meant?", count=0)
    if token.is_number:
        _ask_about_number(reader)
    said = reader.find(v.PREDICATES) or reader.find(_SAYING)
    if said is not None and reader.peek(said[0]).sort != "end":
        reader.take(said[0], "a text follows")  # "containing mugs": in which column?
        _ask_about_text(reader, known, before=said[0])
    if token.folded in v.VAGUE:
        _ask_about_vague(reader)
    if token.folded in v.VAGUE_SERVICES and not reader.find(v.NOUNS, 1):
        ask_about_service(reader, token.text, 1)
    _ask_about_near(reader, known, is_target=is_target)
    _ask_about_text(reader, known)
    near = [
        word
        for word in difflib.get_close_matches(token.folded, _WORDS, n=4, cutoff=0.75)
        if word != token.folded
    ]
    choices = [Choice(word, reader.said_with(1, word)) for word in near]
    offer = f" Did you mean “{near[0]}”?" if near else " Say it in other words, or leave it out."
    reader.ask(f"I do not understand “{token.text}” here.{offer}", choices, tier="unknown")


def ask_about_negation(reader: Reader, size: int) -> NoReturn:
    """Ask back about a sentence that says only what is not to be shipped."""
    rest = reader.sentence[reader.tokens[reader.at + size - 1].end :].strip()
    choices = [Choice("Everything else", f"ship all orders except {rest}")] if rest else []
    reader.ask("This says what not to ship. Should everything else be shipped?", choices, count=size)


def _ask_about_number(reader: Reader) -> NoReturn:
    text = reader.peek().text
    if reader.find(v.NOUNS, 1):
        reader.ask(f"Which {text}? Orders can be named by their numbers, but not counted off.", count=2)
    if (reader.peek(-1).folded,) in v.NOUNS or reader.peek(-1).folded in {"#", "number", "numbers"}:
        reader.ask(f"There is no order {text} in the file.", tier="unknown")
    reader.ask(f"{text} of what? No order of the file has this number.", tier="unknown")


def _ask_about_vague(reader: Reader) -> NoReturn:
    question, phrases = v.VAGUE[reader.peek().folded]
    size = 2 if reader.find(v.NOUNS, 1) else 1
    # "orders for companies" becomes "orders with a company": the preposition goes too.
    before = 1 if reader.peek(-1).folded in {"for", "to", "from"} else 0
    has_noun = before and (reader.peek(-2).folded,) in v.NOUNS
    phrases = tuple(phrase.removeprefix("orders ") if has_noun else phrase for phrase in phrases)
    choices = [Choice(phrase, reader.said_with(size, phrase, before=before)) for phrase in phrases]
    reader.ask(question, choices, count=size)


def _ask_about_near(reader: Reader, known: Known, *, is_target: bool) -> None:
    best, near, size = 0.0, list[str](), 1
    for length in (3, 2, 1):
        if reader.at + length > len(reader.tokens) or reader.peek().sort == "symbol":
            continue
        name = fold(reader.text(length))
        found = known.near_places(name) + (known.near_people(name) if is_target else [])
        found = [one for one in found if fold(one) != name]
        likeness = difflib.SequenceMatcher(None, name, fold(found[0])).ratio() if found else 0.0
        if likeness > best:
            best, near, size = likeness, found, length
    if near:
        choices = [Choice(one, reader.said_with(size, _named(known, one))) for one in dict.fromkeys(near)]
        question = f"I do not know “{reader.text(size)}”. Did you mean {choices[0].label}?"
        reader.ask(question, choices, count=size, tier="unknown")
    if is_target:
        question = f"No order goes to or is for “{reader.peek().text}”. Where to, or for whom?"
        reader.ask(question, tier="unknown")


def _ask_about_text(reader: Reader, known: Known, *, before: int = 0) -> None:
    """Ask about a word that stands somewhere in the orders: in which column does it count?"""
    word = reader.peek()
    if word.sort not in {"word", "quoted"} or len(fold(word.folded)) < 3:
        return
    found = known.holding(word.folded)
    if not found:
        return
    choices = []
    size = 2 if reader.find(v.NOUNS, 1) else 1
    for name, count in found[:3]:
        label = known.fields[name].label
        start = "" if before else "orders "
        said = reader.said_with(
            size, f'{start}whose {name.replace("1", "")} contain "{word.folded}"', before=before
        )
        choices.append(
            Choice(f"{label} contains “{word.text}” ({count} order{'s' if count > 1 else ''})", said)
        )
    columns = " and ".join(known.fields[name].label for name, _ in found)
    question = f"“{word.text}” is no column, but stands in {columns}. Which orders are meant?"
    reader.ask(question, choices, count=size)


def _named(known: Known, name: str) -> str:
    return f'"{name}"' if known.has("name", name) or known.has("company", name) else name
