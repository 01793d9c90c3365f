"""The rule parser: a sentence becomes a filter and a service, or a question. Every word is explained or asked about."""

from dataclasses import dataclass
from typing import Any, Final

from service.kinds.shipping.filters import Node
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.conditions import read_condition
from service.kinds.shipping.sentence.groups import SIDE_BY_SIDE, Group, joined, together
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.lexing import MAX_CHARACTERS, tokens_of
from service.kinds.shipping.sentence.questions import ask_about_negation, ask_about_next
from service.kinds.shipping.sentence.reader import Choice, NeedsClarification, Reader, Word
from service.kinds.shipping.sentence.services import read_first_service, read_service
from service.kinds.shipping.sentence.subjects import is_way_at, read_subject
from service.kinds.shipping.sentence.targets import read_targets
from service.kinds.shipping.wording import explain

_END_MARKS: Final[dict[v.Phrase, str]] = {(".",): "end", ("!",): "end", ("?",): "end"}
_COMMA: Final[dict[v.Phrase, str]] = {(",",): "pause"}
_THOSE: Final[dict[v.Phrase, str]] = {("for",): "those", ("if",): "those", ("when",): "those"}


@dataclass(frozen=True, slots=True)
class Understood:
    """A sentence wholly understood: which orders, by which service (None: as each row says), and each word."""

    filter: Node
    service: str | None
    explanation: str
    words: tuple[Word, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "filter": self.filter,
            "service": self.service,
            "explanation": self.explanation,
            "words": [word.to_json() for word in self.words],
        }


def understand(sentence: str, known: Known) -> Understood:
    """Return what a sentence selects and by which service it ships; raises NeedsClarification for anything unsure."""
    if len(sentence) > MAX_CHARACTERS:
        raise NeedsClarification(f"A sentence may have {MAX_CHARACTERS} characters.")
    try:
        return _understood(sentence, known)
    except NeedsClarification as question:
        helpful = [choice for choice in question.choices if _helps(choice, question, known)]
        raise NeedsClarification(question.question, helpful, question.words) from None


def _understood(sentence: str, known: Known) -> Understood:
    reader = Reader(sentence, tokens_of(sentence))
    parser = _Parser(reader, known)
    node = parser.read()
    return Understood(node, parser.service, explain(node, parser.service, known.fields), tuple(reader.words))


def _helps(choice: Choice, question: NeedsClarification, known: Known) -> bool:
    """Tell whether a choice's sentence is understood, or at least further than the one that was asked about."""
    if choice.command is None:
        return True
    try:
        _understood(choice.command, known)
    except NeedsClarification as again:
        return bool(again.words and question.words) and again.words[-1].start > question.words[-1].start
    return True


class _Parser:
    def __init__(self, reader: Reader, known: Known) -> None:
        self.reader = reader
        self.known = known
        self.service: str | None = None

    def read(self) -> Node:
        """Read the whole sentence."""
        self._read_opening()
        groups = [self._read_group()]
        while not self.reader.is_done and (size := self._new_group()):
            if self.service is not None:
                self.reader.ask("Is the service meant for both? Please ship them one by one.")
            self.reader.take(size, "and these orders too")
            groups.append(self._read_group())
        if not self.reader.is_done:
            ask_about_next(self.reader, self.known)
        if any(group.is_empty for group in groups):
            self._ask_for_orders()
        nodes = [(group, joined(self.reader, self.known, group)) for group in groups]
        node = together(self.reader, nodes)
        for group in groups:
            self._judge_single(group, node)
        return node

    def _read_opening(self) -> None:
        reader = self.reader
        while (found := reader.find(v.POLITE) or reader.find(_COMMA)) is not None:
            reader.take(found[0], "politeness")
        negation = reader.find(v.NEGATIONS)
        if negation is not None:
            ask_about_negation(reader, negation[0])
        self._take_service(read_first_service(reader))
        if reader.take_if(v.VERBS, "what to do") is not None:
            self._take_service(read_first_service(reader))

    def _read_group(self, *, is_exception: bool = False) -> Group:
        """Read "orders …" with all that is said of them, up to the end, the next "and orders …", or a new "except"."""
        group, glue = Group(), SIDE_BY_SIDE
        while not self.reader.is_done:
            if glue == SIDE_BY_SIDE:
                if self._read_around(group, is_exception=is_exception):
                    if is_exception and self.service is not None and self._is_after_service():
                        break
                    continue
                if not is_exception and self._read_exception(group):
                    continue
                if self._ends_group(group, is_exception=is_exception):
                    break
                if (found := self.reader.find(v.CONNECTORS) or self._but_at(group)) is not None:
                    glue = self._take_glue(group, found)
                    continue
            self._read_one(group, glue, is_exception=is_exception)
            glue = SIDE_BY_SIDE
        if glue not in {SIDE_BY_SIDE, ","}:
            self.reader.ask("The sentence breaks off. What else is meant?", count=0)
        return group

    def _but_at(self, group: Group) -> tuple[int, str] | None:
        """Return "but" before one more comparison: "over $50 but under $100"."""
        is_but = self.reader.peek().folded == "but" and bool(group.terms)
        return (1, "but") if is_but and self.reader.find(v.COMPARISONS, 1) else None

    def _ends_group(self, group: Group, *, is_exception: bool) -> bool:
        if self._new_group():
            if is_exception and group.terms:
                self.reader.ask("Are these left out as well, or shipped? Please say it in two sentences.")
            return True
        found = self.reader.find(v.CONNECTORS)
        ahead = found[0] if found else 0
        is_way_next = found is not None and is_way_at(self.reader, ahead)
        return is_exception and (is_way_next or self.reader.find(v.EXCEPTIONS, ahead) is not None)

    def _read_one(self, group: Group, glue: str, *, is_exception: bool) -> None:
        if group.exceptions:
            ask_about_next(self.reader, self.known)
        negation = self.reader.find(v.NEGATIONS)
        if negation is not None and group.is_empty and not is_exception:
            ask_about_negation(self.reader, negation[0])
        is_way_known = self.service is not None
        term = read_condition(
            self.reader, self.known, group, is_exception=is_exception, is_way_known=is_way_known
        )
        if glue in {"and", "or"} and group.is_service_said:
            self.reader.ask("Is the service meant for these too? Please ship them one by one.", count=0)
        group.add(term, glue)

    def _is_after_service(self) -> bool:
        return bool(self.reader.words) and self.reader.words[-1].meaning == "the service"

    def _take_glue(self, group: Group, found: tuple[int, str]) -> str:
        size, glue = found
        if glue == "," and (
            is_way_at(self.reader, size) or self.reader.find(v.EXCEPTIONS, size) or self._is_end_at(size)
        ):
            self.reader.take(size, "pause")
            return SIDE_BY_SIDE
        if not group.terms and not (glue == "but" and not group.is_empty):
            if glue != ",":
                ask_about_next(self.reader, self.known)
            self.reader.take(size, "pause")
            return SIDE_BY_SIDE
        self.reader.take(size, {"or": "or", "and": "and", ",": "and", "but": "and only if"}[glue])
        return glue

    def _is_end_at(self, ahead: int) -> bool:
        return self.reader.peek(ahead).sort == "end" or self.reader.find(v.POLITE, ahead) is not None

    def _read_around(self, group: Group, *, is_exception: bool) -> bool:
        """Read what carries no condition: the service, "all", "orders", politeness, the end."""
        reader = self.reader
        service = read_service(reader)
        if service is not None:
            self._take_service(service)
            group.is_service_said = bool(group.terms)
            return True
        if reader.find(_END_MARKS) and (
            reader.peek(1).sort == "end" or is_way_at(self.reader, 1) or reader.find(v.POLITE, 1)
        ):
            reader.take(1, "the end")
            return True
        if not group.is_empty and reader.take_if(v.POLITE, "politeness") is not None:
            return True
        if (
            reader.peek().folded == "only"
            and group.terms
            and (reader.peek(1).sort == "end" or is_way_at(self.reader, 1))
        ):
            reader.take(1, "and no others")
            return True
        if is_exception and not group.terms and reader.take_if(_THOSE, "those") is not None:
            return True
        return read_subject(reader, self.known, group)

    def _read_exception(self, group: Group) -> bool:
        reader = self.reader
        found = reader.find(v.EXCEPTIONS)
        is_all_but = reader.peek().folded == "but" and not group.terms and not group.exceptions
        if is_all_but and (found is None) and not group.is_empty and reader.find(v.CONNECTORS) is None:
            found = (1, "except")
        if found is None:
            return False
        if group.is_empty:
            ask_about_negation(reader, found[0])
        if found[1] == "except" and reader.text(found[0]).lower().startswith("and not") and not group.terms:
            ask_about_next(reader, self.known)
        reader.take(found[0], "leave out")
        inner = self._read_group(is_exception=True)
        if not inner.terms:
            ask_about_next(reader, self.known)
        self._judge_single(inner, joined(reader, self.known, inner, is_exception=True))
        group.exceptions.append(joined(reader, self.known, inner, is_exception=True))
        return True

    def _new_group(self) -> int:
        """Return the length of what joins another "orders …" to what was read, 0 if none stands next."""
        found = self.reader.find(v.CONNECTORS)
        if found is None or found[1] == "but":
            return 0
        ahead = found[0]
        verb = self.reader.find(v.VERBS, ahead)
        if verb is not None and not is_way_at(self.reader, ahead):
            ahead += verb[0]
            return ahead
        is_subject = self._is_place_and_noun_at(ahead) or self._is_subject_at(ahead)
        return ahead if is_subject else 0

    def _is_subject_at(self, ahead: int) -> bool:
        """Tell whether "orders …" or "all …" stands there, and not a column or one order number more."""
        determiner = self.reader.find(v.DETERMINERS, ahead)
        noun = self.reader.find(v.NOUNS, ahead + (determiner[0] if determiner else 0))
        if noun is None:
            return determiner is not None and determiner[1] == "every_order"
        field = self.reader.find(self.known.field_phrases, ahead)
        is_number = determiner is None and self.reader.peek(ahead + noun[0]).is_number
        return not is_number and (field is None or field[0] <= noun[0])

    def _is_place_and_noun_at(self, ahead: int) -> bool:
        """Tell whether "Texas orders" or the like stands there."""
        mark = self.reader.mark()
        self.reader.at += ahead
        try:
            is_place = read_targets(self.reader, self.known, people=True) is not None
            return is_place and self.reader.find(v.NOUNS) is not None
        except NeedsClarification:
            return False
        finally:
            self.reader.back(mark)

    def _take_service(self, service: str | None) -> None:
        if service is None:
            return
        if self.service not in (None, service):
            question = f"Two services are named, {self.service} and {service}. Please ship them one by one."
            self.reader.ask(question, count=0)
        self.service = service

    def _judge_single(self, group: Group, node: Node) -> None:
        """Ask when "the order to Texas" is several."""
        count = self.known.count(node) if group.is_single and group.has_noun else 1
        if count > 1:
            self.reader.ask(
                f"{count} orders are that. Say “orders” for all of them, or name the one.", count=0
            )

    def _ask_for_orders(self) -> None:
        by = f" by {self.service}" if self.service else ""
        choices = [Choice("All orders of the file", f"ship all orders{by}")]
        self.reader.ask("Which orders are meant?", choices, count=0)
