"""Sentences select what they say or are asked about; no word is ever passed over."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.kinds.shipping.orders import OrderBook
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.lexing import tokens_of
from service.kinds.shipping.sentence.reader import NeedsClarification
from service.kinds.shipping.sentence.understanding import understand
from tests.kinds.shipping_sheets import EXAMPLE, SAMPLES, book_of, meant, needs_samples, order, write_csv

ALL = [str(number) for number in range(2001, 2020)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderBook]:
    with book_of(tmp_path_factory.mktemp("sentences"), EXAMPLE) as made:
        yield made


def without(*numbers: str) -> list[str]:
    return [one for one in ALL if one not in numbers]


@pytest.mark.parametrize(
    ("sentence", "numbers", "service"),
    [
        ("ship everything", ALL, None),
        ("please ship all of the orders by ground, thanks!", ALL, "ground"),
        ("Ship all orders to California by ground.", ["2001", "2002", "2013"], "ground"),
        ("SHIP ALL ORDERS TO TEXAS OR FLORIDA BY GROUND", ["2003", "2004", "2011", "2018", "2019"], "ground"),
        ("overnight the Texas orders", ["2003", "2004", "2011"], "overnight"),
        ("print labels for all Texas and Florida orders", ["2003", "2004", "2011", "2018", "2019"], None),
        ("ship orders to Ohio, Oregon, and Maine via express", ["2006", "2007"], "express"),
        ("ship orders to tx & fl", ["2003", "2004", "2011", "2018", "2019"], None),
        ("ship Texas orders and Florida orders", ["2003", "2004", "2011", "2018", "2019"], None),
        ("ship orders to Portland, Oregon", ["2007"], None),
        ("ship orders to Portland ME", ["2006"], None),
        ("ship orders to Austin", ["2003"], None),
        ("ship orders to OR and WA", ["2007", "2008"], None),
        ("ship orders to Alaska", [], None),
        ("ship everything outside the US", ["2012", "2014", "2015"], None),
        ("ship non-US orders by express", ["2012", "2014", "2015"], "express"),
        ("ship everything outside the US and Canada", ["2012"], None),
        ("ship orders not in California or Texas", without("2001", "2002", "2003", "2004", "2011", "2013"), None),
        ("ship international orders", ["2012", "2014", "2015"], None),
        ("ship domestic orders under 2 lb", ["2003", "2013", "2019"], None),
        ("ship everything except orders over 50 pounds", without("2002", "2015"), None),
        ("ship everything but the Texas orders", without("2003", "2004", "2011"), None),
        ("ship all orders except those to Texas over 10 lb", without("2004"), None),
        ("ship all orders to California except San Jose and Fresno", ["2013"], None),
        ("ship all orders to California, but not the ones over 20 lb, by ground", ["2001", "2013"], "ground"),
        ("ship all orders unless they are over 10 lb", without("2002", "2004", "2008", "2010", "2015"), None),
        ("ship orders over 50 lb", ["2002", "2015"], None),
        ("ship orders of 50 lb or more", ["2002", "2008", "2015"], None),
        ("ship orders under 1.4 pounds", ["2003", "2019"], None),
        ("ship orders up to 1.4 pounds", ["2003", "2013", "2019"], None),
        ("ship orders between 5 and 8.1 pounds", ["2005", "2007", "2012", "2017"], None),
        ("ship orders over 8 oz and under 2 lb", ["2003", "2013"], None),
        ("ship orders weighing more than 20 kg", ["2002", "2008", "2015"], None),
        ("ship orders under five pounds to Texas", ["2003", "2011"], None),
        ("ship orders over $1,000", ["2010", "2013"], None),
        ("ship $815 and up orders", ["2010", "2013", "2015", "2019"], None),
        ("ship everything that costs under thirty dollars", ["2003"], None),
        ("ship orders under 1 lb or over $1000", ["2010", "2013", "2019"], None),
        ("ship orders to Texas and over $50", ["2004"], None),
        ("ship Texas and Florida orders over $50", ["2004", "2019"], None),
        ("ship orders 2001, 2003 and 2005", ["2001", "2003", "2005"], None),
        ("ship order #2003 overnight", ["2003"], "overnight"),
        ("ship orders 2003-2005 and 2007", ["2003", "2004", "2005", "2007"], None),
        ("ship orders between 2003 and 2005", ["2003", "2004", "2005"], None),
        ("ship all orders except 2001 and 2002", without("2001", "2002"), None),
        ("ship orders for June Albright", ["2001"], None),
        ("ship orders for Turner & Daughters, Inc. by ground", ["2006"], "ground"),
        ("ship Pablo Ortega's order", ["2002"], None),
        ("ship orders for 山田 太郎 overnight", ["2013"], "overnight"),
        ("ship orders for nguyen thi hanh", ["2011"], None),
        ("ship orders without a company", without("2002", "2006", "2010", "2015"), None),
        ("ship orders with a company over $200", ["2002", "2010", "2015"], None),
        ("ship orders with no weight", ["2016"], None),
        ("ship orders with a ZIP starting with 0", ["2005", "2006", "2017"], None),
        ("ship orders to zip 95112 or 93721", ["2001", "2002"], None),
        ("ship orders whose notes contain fragile by ground", ["2002"], "ground"),
        ('ship orders whose notes contain "sandbox carrier" or call', ["2004", "2018", "2019"], None),
        ("ship orders whose service is express by ground", ["2003", "2007", "2018", "2019"], "ground"),
        ("ship express orders by ground", ["2003", "2007", "2018", "2019"], "ground"),
        ("ship all orders except overnight ones", without("2009", "2013"), None),
        ("ship orders marked overnight", ["2009", "2013"], None),
        ("ship orders whose city is Boston or Seattle", ["2005", "2008"], None),
        ("ship orders whose country is not US", ["2012", "2014", "2015"], None),
        ("ship orders with a weight of at least 50 pounds", ["2002", "2008", "2015"], None),
        ("ship order no. 2003", ["2003"], None),
        ("ship orders to Manchester, England", ["2012"], None),
        ("ship orders with the word fragile in the notes", ["2002"], None),
        ("ship orders for the customer Tom Hale", ["2010"], None),
        ("ship orders over $50 but under $90", ["2005", "2007", "2012", "2016"], None),
        ("ship everything, skip orders over 5 lb", ["2001", "2003", "2005", "2009", "2011", "2013", "2014", "2016",
                                                     "2018", "2019"], None),
        ("ship orders to Texas. Use ground.", ["2003", "2004", "2011"], "ground"),
    ],
)  # fmt: skip
def test_a_clear_sentence_selects_what_it_says(
    book: OrderBook, sentence: str, numbers: list[str], service: str | None
) -> None:
    assert meant(book, sentence) == (numbers, service)


@pytest.mark.parametrize(
    "sentence",
    [
        "", "ship", "by ground", "ship them", "ship nothing", "don't ship the Texas orders", "ship no Texas orders",
        "ship not the Texas orders", "ship orders to Texas'; DROP TABLE orders; --", "ship orders to Portland",
        "ship orders to Springfield", "ship all CA orders", "ship orders to Washington",
        "ship orders to Californa", "ship orders to Paris", "ship orders to the northeast", "ship everything to Europe",
        "ship orders to California, Texas", "ship orders to Texas or", "ship orders to Texas and nearby",
        "ship the heavy ones", "ship fragile orders", "ship all Tent orders", "ship orders for companies",
        "ship the first 10 orders", "ship 10 orders", "ship half of the orders", "ship the order to Texas",
        "ship orders over 50", "ship orders between 10 and 20", "ship orders around 50 lb", "ship orders over £100",
        "ship orders over 50 lb or more", "ship orders under 5 lb and over 50 lb", "ship order 9999",
        "ship orders 2001, 9999", "ship orders 2005-2001", "ship orders to Texas and 2001",
        "ship orders to California by ground and orders to Texas overnight", "ship Texas orders by ground or express",
        "ship Texas orders by ground and Florida orders", "ship orders to Texas and orders over $100",
        "ship orders to Texas under 5 lb or over 50 lb", "ship everything except California and orders over 50 lb",
        "ship all orders except Texas and over 50 lb", "ship all orders except Texas under 50 lb",
        "ship express orders", "ship Texas orders by drone", "ship Texas orders by Friday", "ship Texas orders twice",
        "ship all orders with standard shipping", "ship orders placed after 2026-01-01", "ship orders for June",
        "ship orders whose notes contain fragile and call", "ship orders whose notes do not contain fragile",
        "ship everything else", "ship orders with 2 items", "ship Texas orders to California",
        "ship orders near Boston",
        "ship" + " very" * 500,
    ],
)  # fmt: skip
def test_what_is_not_clear_is_asked_about(book: OrderBook, sentence: str) -> None:
    with pytest.raises(NeedsClarification) as caught:
        understand(sentence, Known(book))

    assert caught.value.question


@pytest.mark.parametrize(
    ("sentence", "choice"),
    [
        ("ship orders to Californa by ground", "ship orders to California by ground"),
        ("ship orders to Portland", "ship orders to the city of Portland, Maine"),
        ("ship orders over 50", "ship orders over 50 pounds"),
        ("ship orders for June", 'ship orders for "June Albright"'),
        ("ship orders for companies", "ship orders with a company"),
        ("don't ship the Texas orders", "ship all orders except the Texas orders"),
        ("ship fragile orders", 'ship orders whose notes contain "fragile"'),
    ],
)
def test_a_question_offers_sentences_that_are_clear(book: OrderBook, sentence: str, choice: str) -> None:
    with pytest.raises(NeedsClarification) as caught:
        understand(sentence, Known(book))

    commands = [one.command for one in caught.value.choices]
    assert choice in commands
    for command in commands:
        understand(command or "", Known(book))


def test_every_character_of_a_sentence_is_in_an_explained_word(book: OrderBook) -> None:
    sentence = "Please ship all Texas orders over $20, except 2003, by ground."

    understood = understand(sentence, Known(book))

    covered = "".join(sentence[word.start : word.end] for word in understood.words)
    assert covered.replace(" ", "") == sentence.replace(" ", "")
    assert all(word.meaning and word.tier == "sure" for word in understood.words)
    assert understood.explanation == (
        "Ship by ground: orders where (state is Texas (TX) and country is United States) and total is over $20, "
        "except those where order number is 2003."
    )


def test_the_words_of_a_question_say_which_one_puts_it(book: OrderBook) -> None:
    with pytest.raises(NeedsClarification) as caught:
        understand("ship orders to Californa", Known(book))

    assert (caught.value.words[-1].text, caught.value.words[-1].tier) == ("Californa", "unknown")


CLEAR = [
    "ship all orders to California by ground", "ship everything except orders over 50 pounds", "ship orders over $200",
    "ship orders without a company by ground", "ship orders 2001, 2003 and 2005", "ship orders to Portland, Maine",
    "ship orders between 10 and 20 pounds by ground", "ship orders whose service is express by ground",
]  # fmt: skip
NONSENSE = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sentence=st.sampled_from(CLEAR), word=NONSENSE, place=st.integers(0, 12))
def test_a_word_more_never_selects_more_than_before_without_being_explained(
    book: OrderBook, sentence: str, word: str, place: int
) -> None:
    words = sentence.split()
    longer = " ".join([*words[: place % (len(words) + 1)], word, *words[place % (len(words) + 1) :]])
    try:
        understood = understand(longer, Known(book))
    except NeedsClarification:
        return

    covered = "".join(longer[one.start : one.end] for one in understood.words)
    assert "".join(covered.split()) == "".join(longer.split())


UNKNOWN = ["florb", "zzyzx", "quonk", "Blivet", "wug's", "#!", "(", "%", "§§", "blorpish"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sentence=st.sampled_from(CLEAR), word=st.sampled_from(UNKNOWN), place=st.integers(0, 12))
def test_a_word_that_nobody_knows_is_always_a_question(
    book: OrderBook, sentence: str, word: str, place: int
) -> None:
    words = sentence.split()
    at = place % (len(words) + 1)

    with pytest.raises(NeedsClarification):
        understand(" ".join([*words[:at], word, *words[at:]]), Known(book))


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60))
def test_tokens_lose_nothing_but_white_space(text: str) -> None:
    tokens = tokens_of(text)

    assert "".join("".join(token.text.split()) for token in tokens) == "".join(text.split())
    assert all(text[token.start : token.end] == token.text for token in tokens)


JUMBLE = (  # noqa: SIM905 (a list of forty quoted words is harder to read)
    "ship all the orders to from Texas California and or , except but not over under 50 lb $20 by ground express "
    "2001 without company whose notes contain with between only those everything zip is outside"
).split()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(JUMBLE), max_size=12))
def test_any_jumble_of_known_words_is_answered_or_asked_about(book: OrderBook, words: list[str]) -> None:
    try:
        understood = understand(" ".join(words), Known(book))
    except NeedsClarification:
        return
    assert Known(book).count(understood.filter) <= 20


def test_dates_select_when_there_is_a_date_column(tmp_path: Path) -> None:
    orders = [
        order(order_id=str(n), order_date=day)
        for n, day in enumerate(("2026-01-30", "2026-01-31", "2026-02-01", ""))
    ]

    with book_of(tmp_path, write_csv(tmp_path / "a.csv", orders)) as book:
        assert meant(book, "ship orders placed after 2026-01-30")[0] == ["1", "2"]
        assert meant(book, "ship orders from January 30, 2026 to 1/31/2026")[0] == ["0", "1"]
        assert meant(book, "ship orders whose order date is before 2026-01-31")[0] == ["0"]
        with pytest.raises(NeedsClarification):
            meant(
                book, "ship orders placed after 2/1/2026"
            )  # the first of February, or the second of January?


def test_a_name_that_is_also_a_place_is_asked_about(tmp_path: Path) -> None:
    orders = [
        order(order_id="1", name="Georgia"),
        order(order_id="2", state="GA", postal="30301", city="Atlanta"),
    ]

    with (
        book_of(tmp_path, write_csv(tmp_path / "a.csv", orders)) as book,
        pytest.raises(NeedsClarification) as caught,
    ):
        meant(book, "ship orders for Georgia")

    assert len(caught.value.choices) == 2


def test_a_name_with_two_meanings_that_select_the_same_orders_is_no_question(book: OrderBook) -> None:
    assert meant(book, "ship orders to New York")[0] == ["2010"]  # the state, and the city in it


def test_words_of_the_data_cannot_pose_as_grammar(tmp_path: Path) -> None:
    orders = [
        order(order_id="1", name="everything except orders", city="all orders"),
        order(order_id="2", name="or"),
    ]

    with book_of(tmp_path, write_csv(tmp_path / "a.csv", orders)) as book:
        assert meant(book, "ship orders to Texas or Ohio")[0] == ["1", "2"]
        assert meant(book, 'ship orders for "everything except orders"')[0] == ["1"]


@needs_samples
def test_no_sample_sentence_selects_a_wrong_set_and_few_are_asked_about_in_vain(tmp_path: Path) -> None:
    prompts = [json.loads(line) for line in (SAMPLES / "prompts.jsonl").read_text("utf-8").splitlines()]
    asked_in_vain = []
    with book_of(tmp_path, SAMPLES / "orders.csv") as book:
        for prompt in prompts:
            try:
                numbers, service = meant(book, prompt["text"])
            except NeedsClarification:
                if "clarify" not in (prompt["expect"], prompt.get("or")):
                    asked_in_vain.append(prompt["id"])
            else:
                assert (sorted(numbers), service) == (prompt["expect"], prompt["service"]), prompt

    assert asked_in_vain == []
