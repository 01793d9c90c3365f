"""The rule parser: a sentence becomes a filter and a service, or a question. Every word is explained or asked about."""

from dataclasses import dataclass
from typing import Any, Final

from service.kinds.shipping.filters import Node
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.conditions import read_condition
from service.kinds.shipping.sentence.groups import (
    SIDE_BY_SIDE,
    Group,
    ask_if_beside,
    ask_if_leaning,
    joined,
    together,
)
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.lexing import MAX_CHARACTERS, tokens_of
from service.kinds.shipping.sentence.questions import ask_about_negation, ask_about_next
from service.kinds.shipping.sentence.reader import Choice, NeedsClarification, Reader, Word
from service.kinds.shipping.sentence.services import read_first_service, read_service
from service.kinds.shipping.sentence.subjects import is_way_at, read_subject
from service.kinds.shipping.sentence.targets import is_place_at, read_targets
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
        while (found := self._polite_at() or reader.find(_COMMA)) is not None:
            reader.take(found[0], "politeness")
            if reader.find(_END_MARKS):
                reader.take(1, "politeness")
        if reader.peek().folded in {"only", "just"} and reader.find(v.VERBS, 1):
            reader.take(1, "these and no others")
        negation = reader.find(v.NEGATIONS)
        if negation is not None:
            ask_about_negation(reader, negation[0])
        self._take_service(read_first_service(reader))
        if reader.take_if(v.VERBS, "what to do") is not None:
            self._take_service(read_first_service(reader))

    def _polite_at(self) -> tuple[int, str] | None:
        """Return the politeness that stands next: "HI orders" and "OK orders" go to a state."""
        found = self.reader.find(v.OPENINGS)
        if found is None or found[0] > 1 or self.reader.peek().folded not in {"hi", "ok"}:
            return found
        tables = (v.OPENINGS, v.VERBS, _END_MARKS, _COMMA)
        return found if any(self.reader.find(table, 1) for table in tables) else None

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
        is_compared = self.reader.find(v.COMPARISONS, 1) or self._is_without_at(1)
        return (1, "but") if is_but and is_compared else None

    def _is_without_at(self, ahead: int) -> bool:
        """Tell whether "no notes" or "without a company" stands there."""
        found = self.reader.find(v.WITHOUT, ahead)
        return found is not None and self.reader.find(self.known.field_phrases, ahead + found[0]) is not None

    def _is_not_there_at(self, group: Group, ahead: int) -> bool:
        """Tell whether "not Austin" stands there, after "orders to Texas,"."""
        if not group.terms or self.reader.peek(ahead).folded != "not":
            return False
        to = self.reader.find(v.TO, ahead + 1)
        ahead += 1 + (to[0] if to else 0)
        is_number = self.reader.peek(ahead).is_number and bool(
            self.known.order_ids(self.reader.peek(ahead).text)
        )
        return is_number or is_place_at(self.reader, self.known, ahead, people=True)

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
        ask_if_leaning(self.reader, group, term, glue)
        parts = term.node.get("all", [])
        if is_exception and len(parts) > 1 and all(part.get("op") == "is_not_blank" for part in parts):
            self.reader.ask("Is an order left out when both hold, or when one does?", count=0)
        group.add(term, glue)

    def _is_after_service(self) -> bool:
        return bool(self.reader.words) and self.reader.words[-1].meaning == "the service"

    def _take_glue(self, group: Group, found: tuple[int, str]) -> str:
        size, glue = found
        if glue == "," and (
            is_way_at(self.reader, size)
            or self.reader.find(v.EXCEPTIONS, size)
            or self._is_end_at(size)
            or self._is_not_there_at(group, size)
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
        small = self._small_at(group, is_exception=is_exception)
        if small is not None:
            reader.take(*small)
            return True
        return self._read_everyone(group) or read_subject(reader, self.known, group)

    def _small_at(self, group: Group, *, is_exception: bool) -> tuple[int, str] | None:
        """Return length and meaning of the small word that stands next: a full stop, please, only, those for."""
        reader = self.reader
        is_last = reader.peek(1).sort == "end" or is_way_at(reader, 1)
        if reader.find(_END_MARKS) and (is_last or reader.find(v.POLITE, 1) or reader.find(_END_MARKS, 1)):
            return 1, "the end"
        if not group.is_empty and (found := reader.find(v.POLITE)) is not None:
            return found[0], "politeness"
        word = reader.peek().folded
        is_before_place = word in {"only", "just"} and group.has_noun and reader.find(v.TO, 1)
        if is_before_place or (word == "only" and group.terms and is_last):
            return 1, "and no others"
        if is_exception and not group.terms and reader.find(_THOSE) is not None:
            return 1, "those"
        return None

    def _read_everyone(self, group: Group) -> bool:
        """Read "to everyone", which narrows nothing; "to everyone in Texas" does."""
        everyone, to = self.reader.find(v.TO_EVERYONE), self.reader.find(v.TO)
        if everyone is None or (to is not None and to[0] >= everyone[0]):
            return False
        self.reader.take(everyone[0], "every order")
        group.has_subject = True
        return True

    def _read_exception(self, group: Group) -> bool:
        reader = self.reader
        found = reader.find(v.EXCEPTIONS)
        if reader.peek().folded == "but" and group.terms and self._is_without_at(1):
            return False
        if found is None and self._is_not_there_at(group, 0):
            found = (1, "except")
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
        begun = len(reader.words)
        inner = self._read_group(is_exception=True)
        self._ask_if_parted(begun)
        if not inner.terms:
            ask_about_next(reader, self.known)
        left_out = joined(reader, self.known, inner, is_exception=True)
        self._judge_single(inner, left_out)
        ask_if_beside(reader, self.known, group, left_out)
        group.exceptions.append(left_out)
        return True

    def _ask_if_parted(self, begun: int) -> None:
        """Ask about "except Texas, and California orders …": is California left out, or shipped?"""
        words = self.reader.words[begun:]
        joints = [n for n, word in enumerate(words) if word.meaning.endswith("these too")]
        is_parted = (
            len(joints) == 1 and words[joints[0]].text.startswith(",") and len(words[joints[0]].text) > 1
        )
        if is_parted and joints[0] > 0 and any(word.meaning == "orders" for word in words[joints[0] :]):
            self.reader.ask(
                "Are the last of these left out as well, or shipped? Please say it in two sentences.", count=0
            )

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
        is_one = group.is_single and group.has_noun and group.columns != {"order_id"}
        count = self.known.count(node) if is_one else 1
        if count > 1:
            self.reader.ask(
                f"{count} orders are that. Say “orders” for all of them, or name the one.", count=0
            )

    def _ask_for_orders(self) -> None:
        by = f" by {self.service}" if self.service else ""
        choices = [Choice("All orders of the file", f"ship all orders{by}")]
        self.reader.ask("Which orders are meant?", choices, count=0)
