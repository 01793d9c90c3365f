"""Read what is said of a column: without a company, whose notes contain fragile, with a ZIP starting with 0."""

from typing import Final

from service.kinds.shipping.filters import Node, all_of, any_of, leaf
from service.kinds.shipping.folding import fold
from service.kinds.shipping.mapping import FIELDS_BY_NAME, Field
from service.kinds.shipping.places import STATES_BY_COUNTRY, country_code, states_by_name
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.amounts import read_amounts
from service.kinds.shipping.sentence.dates import read_dates
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.quantities import is_number_at, read_plain_number
from service.kinds.shipping.sentence.reader import Choice, Reader
from service.kinds.shipping.sentence.terms import Term

MAX_VALUE_TOKENS: Final = 8
MAX_LINKS: Final = 24
_HAVING: Final = frozenset({"with", "have", "has", "having"})
MAX_BARE_WORDS: Final = 5
_THE_WORD: Final[dict[v.Phrase, str]] = {
    ("the", "word"): "",
    ("the", "words"): "",
    ("the", "text"): "",
    ("word",): "",
}
_IN_THE: Final[dict[v.Phrase, str]] = {("in", "the"): "", ("in", "their"): "", ("in", "its"): "", ("in",): ""}
_OR: Final = {
    ("or",): "or",
    (",", "or"): "or",
    ("and",): "and",
    (",", "and"): "and",
    (",",): ",",
    ("&",): "and",
}
_BOTH: Final = {("and",): "and", ("or",): "or", ("as", "well", "as"): "and", ("&",): "and"}


def read_column(reader: Reader, known: Known) -> Term | None:
    """Read a condition on a column that stands next; None (and nothing read) if none does."""
    start = reader.mark()
    without = reader.find(v.WITHOUT)
    if without is not None:
        field = _field_at(reader, known, without[0])
        if field is not None:
            return _read_without(reader, known, without[0], field)
    links = ""
    while len(links) < MAX_LINKS and (link := reader.find(v.LINKS)) and _field_at(reader, known, 0) is None:
        links += reader.take(link[0], "what follows is said of these orders") + " "
    if links and (term := _read_text_in(reader, known)) is not None:
        return term
    found = _field_at(reader, known, 0)
    is_having = not _HAVING.isdisjoint(links.lower().split())
    term = _read_said(reader, known, found, is_having=is_having) if found is not None else None
    if term is None:
        reader.back(start)
    return term


def _read_text_in(reader: Reader, known: Known) -> Term | None:
    """Read "the word fragile in the notes": a text before the column that has it."""
    word = reader.find(_THE_WORD)
    start = word[0] if word else 0
    for size in range(1, MAX_BARE_WORDS + 1):
        if reader.peek(start + size - 1).sort not in {"word", "quoted"}:
            return None
        inside = reader.find(_IN_THE, start + size)
        field = _field_at(reader, known, start + size + inside[0]) if inside else None
        if inside is None or field is None or field[1].type != "text":
            continue
        if {"and", "or"} & {reader.peek(start + n).folded for n in range(size)} and size > 1:
            reader.ask("Do the texts have to be there together, or is one enough?", count=start + size)
        if start:
            reader.take(start, "a text follows")
        text = reader.take(size, "the text looked for").strip('"“”')
        reader.take(inside[0], "in")
        return Term(leaf(_take_field(reader, known, field).name, "contains", text), field[1].name)
    return None


def _field_at(reader: Reader, known: Known, ahead: int) -> tuple[int, Field] | None:
    found = reader.find(known.field_phrases, ahead)
    return None if found is None else (found[0], known.fields[found[1]])


def _read_without(reader: Reader, known: Known, size: int, found: tuple[int, Field]) -> Term:
    reader.take(size, "the column is blank")
    _ask_about_nothings(reader, known, _take_field(reader, known, found))
    predicate = reader.find(v.PREDICATES)
    if predicate is not None:
        reader.ask("Is the column blank, or is its text another one?", count=predicate[0])
    return Term(leaf(found[1].name, "is_blank"), found[1].name)


def _take_field(reader: Reader, known: Known, found: tuple[int, Field]) -> Field:
    size, field = found
    if not known.book.has_column(field.name):
        reader.ask(f"The file has no column for the {field.label}.", count=size)
    reader.take(size, f"the column “{field.header}”")
    return field


def _read_said(reader: Reader, known: Known, found: tuple[int, Field], *, is_having: bool) -> Term | None:
    size, field = found
    blank, predicate = reader.find(v.BLANKS, size), reader.find(v.PREDICATES, size)
    if blank is not None:
        _take_field(reader, known, found)
        reader.take(blank[0], "blank" if blank[1] == "is_blank" else "filled in")
        return Term(leaf(field.name, blank[1]), field.name)
    if field.type in {"number", "date"} or is_number_at(
        reader, known, field, size + (predicate[0] if predicate else 0)
    ):
        return _read_measured(reader, known, found, predicate)
    if predicate is not None:
        _take_field(reader, known, found)
        return _read_predicate(reader, known, field)
    if _value_at(reader, known, field, size) is not None:
        _take_field(reader, known, found)
        return _read_same(reader, known, field, "eq")
    return _read_filled(reader, known, found) if is_having else None


def _read_filled(reader: Reader, known: Known, found: tuple[int, Field]) -> Term:
    """Read "with a company", "with a company and notes": the columns are filled in."""
    fields = [_take_field(reader, known, found)]
    _ask_about_nothings(reader, known, fields[0])
    glue = ""
    while (more := reader.find(_BOTH)) is not None and glue in {"", more[1]}:
        skip = more[0] + (reader.peek(more[0]).folded in {"a", "an", "some", "any", "the"})
        again = _field_at(reader, known, skip)
        if again is None or _is_said_at(reader, known, again[1], skip + again[0]):
            break
        glue = more[1]
        reader.take(skip, glue)
        fields.append(_take_field(reader, known, again))
        _ask_about_nothings(reader, known, fields[-1])
    nodes = [leaf(field.name, "is_not_blank") for field in fields]
    return Term(any_of(nodes) if glue == "or" else all_of(nodes), fields[0].name)


def _is_said_at(reader: Reader, known: Known, field: Field, ahead: int) -> bool:
    """Tell whether something is said of a field that ends `ahead`, so that it is more than filled in."""
    tables = (v.BLANKS, v.PREDICATES, v.COMPARISONS)
    return any(reader.find(table, ahead) for table in tables) or bool(_value_at(reader, known, field, ahead))


def _ask_about_nothings(reader: Reader, known: Known, field: Field) -> None:
    """Ask about "with a discount" where the column says 0 or no: it is filled in, and yet there is none."""
    if field.name in FIELDS_BY_NAME or not known.has_nothings(field.name):
        return
    reader.ask(f"Some orders say 0 or no as their {field.label}. Say which values of it are meant.", count=0)


def _read_measured(
    reader: Reader, known: Known, found: tuple[int, Field], predicate: tuple[int, str] | None
) -> Term | None:
    """Read a comparison with a number or a day."""
    start = reader.mark()
    field = _take_field(reader, known, found)
    is_said = (
        predicate is not None
        and predicate[1] == "eq"
        and reader.find(v.COMPARISONS, predicate[0]) is not None
    )
    if is_said and predicate is not None and reader.peek().folded in {"is", "are"}:
        reader.take(predicate[0], "is")
    if field.type == "date":
        reader.take_if({("is",): "is"}, "is")
        term = read_dates(reader, known, field.name)
    elif field.name in {"weight", "total"}:
        if reader.peek().folded in {"is", "are"}:
            reader.take(1, "is")
        term = read_amounts(reader, known, field.name)
    else:
        term = read_plain_number(reader, known, field)
    if term is None:
        reader.back(start)
        is_bare = predicate is None and reader.find(v.COMPARISONS, found[0]) is None
        if is_bare and reader.words and field.type in {"number", "date"}:
            _take_field(reader, known, found)
            return Term(leaf(field.name, "is_not_blank"), field.name)
        _take_field(reader, known, found)
        reader.ask(f"What of the {field.label}? Say over, under, between or is, and a value.")
    return term


def _read_predicate(reader: Reader, known: Known, field: Field) -> Term:
    op = reader.take_if(v.PREDICATES, "the comparison") or "eq"
    if op in {"eq", "neq"}:
        return _read_same(reader, known, field, op)
    if field.type in {"state", "country", "number", "date"}:
        reader.ask(f"The {field.label} can be named, not searched for a text.", count=0)
    is_not = op.startswith("not_")
    op = op.removeprefix("not_")
    values = _read_texts(reader, known, op)
    node = any_of([leaf(field.name, op, value) for value in values])
    if not is_not:
        return Term(node, field.name)
    inverse: Node = {"not": node}
    filled = all_of([leaf(field.name, "is_not_blank"), inverse])
    _ask_about_blanks(reader, known, field, inverse, filled)
    return Term(inverse, field.name)


def _read_same(reader: Reader, known: Known, field: Field, op: str) -> Term:
    values = [_take_value(reader, known, field)]
    while (glue := reader.find(_OR)) is not None and _value_at(reader, known, field, glue[0]) is not None:
        reader.take(glue[0], "or")
        values.append(_take_value(reader, known, field))
    values = list(dict.fromkeys(values))
    if op == "eq":
        node = leaf(field.name, "eq", values[0]) if len(values) == 1 else leaf(field.name, "in", values)
        return Term(node, field.name, is_list=True)
    node = leaf(field.name, "neq", values[0]) if len(values) == 1 else leaf(field.name, "not_in", values)
    same = leaf(field.name, "in", values)
    _ask_about_blanks(reader, known, field, {"not": same}, node)
    return Term(node, field.name)


def _ask_about_blanks(reader: Reader, known: Known, field: Field, with_blanks: Node, without: Node) -> None:
    """Ask whether a blank counts as "not X", when there are blanks and it matters."""
    if known.is_same(with_blanks, without):
        return
    choices = [
        Choice(f"with those where the {field.label} is blank", filter=with_blanks),
        Choice(f"without those where the {field.label} is blank", filter=without),
    ]
    reader.ask(f"Some orders have no {field.label}. Are they meant too?", choices, count=0)


def _value_at(reader: Reader, known: Known, field: Field, ahead: int) -> tuple[int, str] | None:
    """Return length and value of the longest text that some order has in this field."""
    if reader.peek(ahead).sort == "quoted":
        return 1, reader.peek(ahead).folded
    left = len(reader.tokens) - reader.at - ahead
    for size in range(min(MAX_VALUE_TOKENS, left), 0, -1):
        value = _known_value(known, field, reader.text(size, ahead))
        if value is not None:
            return size, value
    return None


def _known_value(known: Known, field: Field, text: str) -> str | None:
    if field.type == "country":
        return country_code(text)
    if field.type == "state":
        codes = (states_by_name(country).get(fold(text)) for country in STATES_BY_COUNTRY)
        return next((code for code in codes if code), None) or (
            fold(text).upper() if known.has_state(text) else None
        )
    return fold(text) if known.has(field.name, text) else None


def _take_value(reader: Reader, known: Known, field: Field) -> str:
    found = _value_at(reader, known, field, 0)
    if found is None:
        near = known.near_values(field.name, reader.peek().text)
        choices = [Choice(one, reader.said_with(1, f'"{one}"')) for one in near]
        reader.ask(f"No order has “{reader.peek().text}” as its {field.label}.", choices, tier="unknown")
    reader.take(found[0], f"the {field.label} looked for")
    return found[1]


def _read_texts(reader: Reader, known: Known, op: str) -> list[str]:
    """Read the texts that are looked for: quoted, or plain words up to where the sentence goes on."""
    values = [_read_text(reader)]
    while (glue := reader.find(_OR)) is not None and not _goes_on(reader, glue[0]):
        field = _field_at(reader, known, glue[0])
        if field is not None and reader.find(v.PREDICATES, glue[0] + field[0]):
            break  # "… and notes contain fragile" is another condition
        if glue[1] == "and" and op == "contains":
            reader.ask(
                "Do the texts have to be there together, or is one enough? Say “or” for one.", count=glue[0]
            )
        reader.take(glue[0], "or")
        values.append(_read_text(reader))
    return values


def _read_text(reader: Reader) -> str:
    if reader.peek().sort == "quoted":
        return reader.take(1, "the text looked for")[1:-1]
    size = 0
    while not _goes_on(reader, size) and reader.find(_OR, size) is None:
        size += 1
    if size == 0 or size > MAX_BARE_WORDS:
        reader.ask("Which text is looked for? Put it between quotes.", count=max(1, size))
    if reader.peek(size - 1).folded in v.SERVICES and size > 1:
        service = reader.peek(size - 1).text
        text = reader.text(size - 1)
        choices = [
            Choice(f"“{text}”, shipped by {service}", reader.said_with(size, f'"{text}" by {service}'))
        ]
        reader.ask(f"Is “{service}” part of the text, or the service?", choices, count=size)
    return reader.take(size, "the text looked for")


def _goes_on(reader: Reader, ahead: int) -> bool:
    """Tell whether something other than a text to look for stands `ahead`."""
    token = reader.peek(ahead)
    if token.sort in {"end", "quoted"} or token.folded in {".", ";", "!", "?", "and", "but", "(", ")"}:
        return True
    tables = (
        v.EXCEPTIONS,
        v.TO,
        v.NOUNS,
        v.POLITE,
        v.OUTSIDE,
        v.WITHOUT,
        v.SERVICE_PREPOSITIONS,
        v.WEIGHT_CUES,
        v.TOTAL_CUES,
    )
    if any(reader.find(table, ahead) for table in tables) or token.folded in {
        "whose",
        "where",
        "with",
        "that",
        "which",
    }:
        return True
    comparison = reader.find(v.COMPARISONS, ahead)
    after = reader.peek(ahead + comparison[0]) if comparison else None
    return after is not None and (after.is_number or after.folded == "$")
