"""The words that the grammar knows, by what they do in a sentence. Anything that is in no table is a question."""

from itertools import product
from typing import Any, Final

Phrase = tuple[str, ...]


def _table(**groups: str) -> dict[Phrase, str]:
    """Return phrase -> meaning of groups written as `meaning="phrase, phrase"`."""
    return {
        tuple(phrase.split()): meaning.strip("_")
        for meaning, phrases in groups.items()
        for phrase in phrases.split(", ")
    }


POLITE: Final = _table(
    politeness="please, kindly, thanks, thank you, thank you very much, thank you so much, thanks a lot, "
    "thanks so much, many thanks, thanks in advance, thx, pls, plz, cheers, if possible, can you, could you, would you"
)
OPENINGS: Final = POLITE | _table(
    politeness="hi, hello, hey, hi there, hello there, hey there, good morning, good afternoon, good evening, ok, "
    "okay, alright, well, so, will you, can we, could we, you to, let's, lets, go ahead and, time to, it's time to, "
    + ", ".join(
        f"{who} {wish}"
        for who in ("i", "we")
        for wish in (
            "want",
            "want to",
            "want you to",
            "need",
            "need to",
            "need you to",
            "would like",
            "would like to",
            "would like you to",
            "have to",
        )
    )
    + ", i'd like, i'd like to, i'd like you to, we'd like, we'd like to, we'd like you to"
)
"""Before the verb only: in "ship the ones I want" they would say which."""
VERBS: Final = _table(
    ship="ship, send, mail, dispatch, ship out, send out, post, label, create shipments for, ship off, send off, "
    + ", ".join(
        f"{verb} {what} for".strip()
        for verb in ("", "get", "make", "print", "create", "buy", "generate", "purchase", "print out")
        for what in (
            "labels",
            "shipping labels",
            "a label",
            "the labels",
            "label",
            "a shipping label",
            "postage",
        )
    )
)
NEGATIONS: Final = _table(
    negation="don't ship, do not ship, don't send, do not send, never ship, dont ship, don't mail, do not mail, "
    "skip, exclude, hold, cancel, ignore, omit, stop, refuse, without shipping, not, no, don't, do not, dont, "
    "never, nothing, none"
)
DETERMINERS: Final = _table(
    every_order="all, all of, all the, all of the, every, every one of the, every single, any, each, each of the, "
    "all my, all our, all of my, all of our, every one of my, any of the",
    the="the, my, our, these, those, this, that, a, an",
    only="only, just, only the, just the, solely",
)
NOUNS: Final = _table(
    orders="order, orders, one, ones, package, packages, parcel, parcels, shipment, shipments, box, boxes, row, "
    "rows, customers, addresses, destinations, purchases, purchase, sales order, sales orders, order rows",
    everything="everything, anything, everyone, everybody, all of them, all of it, the lot",
)
CONNECTORS: Final[dict[Phrase, str]] = {
    (",", "and"): "and", (",", "or"): "or", ("and", "also"): "and", ("as", "well", "as"): "and",
    ("and",): "and", ("&",): "and", ("plus",): "and", ("or",): "or", ("/",): "or", ("and/or",): "or", (",",): ",",
    (",", "plus"): "and", ("but", "only"): "but", ("but", "just"): "but", (",", "but", "only"): "but",
    (",", "only"): "but", ("if",): "but", ("only", "if"): "but", ("but", "only", "if"): "but",
    (",", "but", "only", "if"): "but", ("when",): "but", ("as", "long", "as"): "but", (",", "if"): "but",
    ("provided",): "but",
}  # fmt: skip
EXCEPTIONS: Final = _table(
    except_="except, except for, excepting, excluding, but not, other than, apart from, aside from, minus, save for, "
    "but leave out, leaving out, not including, unless, but don't ship, but do not ship, but skip, but exclude, "
    "but don't send, but do not send, but no, but without, with the exception of, not counting, "
    "but not for, but never, and not, but omit, "
    "and except, and except for, and excluding, skip, exclude, leave out, omit, don't ship, do not ship, "
    "don't send, do not send"
)
LINKS: Final = _table(
    link="that are, which are, that is, which is, who are, that have, which have, that's, which, that, who, "
    "they are, they're, it is, it's, are, is, they, it, they have, being, have, has, whose, where, "
    "where the, whose the, with, having, with a, with an, with the, having a, having an, that has a, that have a, "
    "that have an, which have a, they have a, with some, with any, that has, the, have a, have an, have some, "
    "have any, has a, has an, has some"
)
"""Words between a noun and what is said of it. They carry no meaning of their own before a field or a number."""
TO: Final = _table(
    to="to, in, into, for, from, going to, headed to, headed for, bound for, destined for, shipping to, addressed to, "
    "located in, based in, living in, who live in, that go to, which go to, that ship to, shipped to, being sent to, "
    "sent to, within, inside, inside of, that are going to, for customers in, to customers in, for people in, "
    "to addresses in, from customers in, "
    "for delivery to, for delivery in, placed by, placed by customers in, to people in, that are headed to, "
    "destined to, for our customers in, to our customers in, they go to, they're going to, they are going to, "
    "for shipping to, going out to, heading to, whose destination is, with destination, ordered by, "
    "goes to, that goes to, which goes to, is going to, are going to, that is going to, that's going to, "
    "belonging to, anywhere in, somewhere in, everywhere in, to anywhere in, to anyone in, for anyone in, "
    "to everyone in, "
    "for everyone in, to everybody in, to all customers in, for all customers in, to all our customers in, "
    "for customers, to customers, from customers, for a customer, to a customer, for the customer, to the customer, "
    "for customer, for our customer, from the customer"
)
OUTSIDE: Final = _table(
    outside="outside, outside of, not in, not to, not going to, not headed to, not for, not from, not within, "
    "not located in, anywhere but, to anywhere but, anywhere outside, to anywhere outside, beyond, not inside, "
    "anywhere except, to places outside, to addresses outside, for customers outside, to customers outside, "
    "to anywhere outside of, that are not in, that are not to, that are not going to, not shipping to, non, "
    "that aren't going to, that aren't in, that do not go to, that don't go to, aren't in, not addressed to, "
    "going anywhere but, going anywhere except, "
    "headed anywhere but, to everywhere but, to everywhere except, everywhere but, everywhere except, "
    "that are outside, that are outside of, going outside, going outside of, which are not in, located outside, "
    + ", ".join(
        f"{who} {negation} {where}".strip()
        for who in ("", "that", "which", "who")
        for negation, where in [
            *product(
                ("aren't", "isn't", "are not", "is not"),
                (
                    "going to",
                    "headed to",
                    "heading to",
                    "bound for",
                    "to",
                    "in",
                    "for",
                    "within",
                    "located in",
                    "being sent to",
                    "destined for",
                    "from",
                ),
            ),
            *product(
                ("don't", "doesn't", "do not", "does not"), ("go to", "ship to", "live in", "belong to")
            ),
        ]
    )
)
TO_EVERYONE: Final = _table(
    everyone="to everyone, to everybody, for everyone, for everybody, to all customers, for all customers, to anyone"
)
CITY_HINTS: Final = _table(city="the city of, city of")
STATE_HINTS: Final = _table(state="the state of, state of, the province of, province of")
BLANKS: Final = _table(
    is_blank="is blank, is empty, is missing, are blank, are empty, are missing, blank, empty, missing, is not set, "
    "is not filled in, are not filled in, isn't filled in, is left blank, is left empty",
    is_not_blank="is filled in, are filled in, is not blank, is not empty, are not blank, are not empty, is set, "
    "is present, isn't blank, isn't empty, aren't blank, aren't empty, filled in, is not missing",
)
WITHOUT: Final = _table(
    without="without, without a, without an, without any, with no, having no, that have no, which have no, missing, "
    "missing a, missing an, lacking, lacking a, lacking an, that lack, that lack a, that don't have a, with a blank, "
    "that do not have a, who have no, that don't have an, with an empty, with blank, with empty, with missing, "
    "with a missing, that don't have, that do not have, that are missing, that are missing a, missing the, "
    "without the, no, blank, empty, a blank, an empty"
)
PREDICATES: Final = _table(
    eq="is, are, =, equals, equal, is equal to, equal to, is exactly, exactly, :, of, named, called, reading",
    neq="is not, are not, isn't, aren't, !=, <>, is not equal to, is other than, not equal to",
    contains="contain, contains, containing, include, includes, including, mention, mentions, mentioning, "
    "that contain, "
    "that contains, that mention, that mentions, that include, that includes, which contain, which contains, "
    "with the word, containing the word, contain the word, contains the word",
    not_contains="do not contain, does not contain, don't contain, doesn't contain, not containing, do not include, "
    "does not include, do not mention, does not mention, don't mention, doesn't mention, without the word",
    starts_with="start with, starts with, starting with, begin with, begins with, beginning with, that start with, "
    "that starts with, that begin with, that begins with, which starts with, starting in, start in, starts in",
    not_starts_with="does not start with, doesn't start with, do not start with, don't start with, not starting with, "
    "does not begin with, doesn't begin with, do not begin with, don't begin with, not beginning with",
    not_ends_with="does not end with, doesn't end with, do not end with, don't end with, not ending with, "
    "does not end in, doesn't end in, do not end in, don't end in, not ending in",
    ends_with="end with, ends with, ending with, ending in, end in, ends in, that end with, that ends with, "
    "that end in, that ends in",
)
COMPARISONS: Final = _table(
    gt="over, above, more than, greater than, heavier than, exceeding, larger than, higher than, >, in excess of, "
    "that exceed, exceeds, exceed, of over, of more than",
    lt="under, below, less than, fewer than, lighter than, smaller than, lower than, <, cheaper than, "
    "of under, of less than",
    gte="of at least, of no less than, heavier than or equal to, at least, no less than, not less than, "
    "a minimum of, minimum, >=, ≥, not under, not below, no lighter than, "
    "no lower than, no fewer than, not lighter than, "
    "more than or equal to, greater than or equal to, equal to or more than, equal to or greater than",
    lte="of at most, of up to, of no more than, lighter than or equal to, at most, no more than, "
    "not more than, up to, a maximum of, maximum, <=, ≤, not over, not above, "
    "no heavier than, "
    "less than or equal to, equal to or less than, fewer than or equal to, no greater than, not heavier than, "
    "not greater than, not exceeding, no higher than, no larger than",
    eq="exactly, equal to, precisely, =, of exactly",
    of="of, at",
    between="between, in between, from, anywhere between, of between, in the range of, ranging from",
)
NOT_SO: Final = _table(
    not_so="not, aren't, isn't, are not, is not, don't, do not, doesn't, does not, that aren't, that isn't, "
    "that are not, that is not, that don't, that do not, that doesn't, that does not, which aren't, which are not, "
    "which isn't, which is not, which don't, which do not, they don't, they aren't, it isn't, it doesn't"
)
"""Before a comparison they turn it round: "that don't weigh more than 3 lb" is at most 3 lb."""
WEIGHT_COMPARISONS: Final = frozenset({("heavier", "than"), ("lighter", "than"), ("no", "heavier", "than"),
                                       ("no", "lighter", "than"), ("not", "heavier", "than"),
                                       ("not", "lighter", "than")})  # fmt: skip
TOTAL_COMPARISONS: Final = frozenset({("cheaper", "than")})
AFTER_NUMBER: Final = _table(
    lte="or less, or under, or lighter, or below, or fewer, or lower, or cheaper, and under, and below, and less, "
    "or smaller, and lighter, and lower, at most, max, maximum, tops",
    gte="or more, or over, or heavier, or above, or higher, or greater, and up, and over, and above, and more, +, "
    "or larger, and heavier, and higher, at least, minimum, or up, upwards, and upwards",
)
WEIGHT_CUES: Final = _table(
    weight="weighing, weigh, weighs, that weigh, which weigh, who weigh, that weighs, with a weight, they weigh, "
    "with weight, with weights, whose weight is, it weighs, with a total weight, with a package weight, in weight"
)
TOTAL_CUES: Final = _table(
    total="worth, that are worth, valued, costing, that cost, that costs, costs, cost, which cost, valued at, "
    "totaling, totalling, that total, priced at, "
    "priced, with a total, with a value, with totals, that came to, of value, with an order total, "
    "with an order value, "
    "with a total value, that total to, they cost, they are worth, they're worth"
)
MONEY_UNITS: Final = frozenset({"dollar", "dollars", "usd", "bucks", "buck"})
OTHER_MONEY: Final = frozenset({"€", "£", "¥", "eur", "euro", "euros", "gbp", "quid", "cad", "yen", "cents"})
NUMBER_WORDS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "a": 1, "an": 1,
}  # fmt: skip
SERVICES: Final = ("ground", "express", "overnight")
SERVICE_WORDS: Final[dict[Phrase, str]] = {
    ("ground",): "ground", ("express",): "express", ("overnight",): "overnight", ("next", "day"): "overnight",
    ("next-day",): "overnight", ("next", "day", "air"): "overnight", ("next-day", "air"): "overnight",
}  # fmt: skip
SERVICE_PREPOSITIONS: Final = _table(
    service="by, via, using, through, as, per, use, by the, using the, on, and use, and ship by, and ship via, "
    "and send by, and use the, shipped by, shipping by, going by, sent by, ship by, ship them by, send them by, "
    "ship via, ship them, send them, make it, by means of, and ship them by, and send them by, and ship them, "
    "and ship, with shipping by, and do it by, all by, all via, all using"
)
SERVICE_TAILS: Final = _table(
    service="service, shipping, delivery, mail, shipment, transport, rate, method, freight, air"
)
VAGUE_SERVICES: Final = frozenset(
    [
        "standard",
        "economy",
        "priority",
        "cheapest",
        "fastest",
        "fast",
        "slow",
        "slowest",
        "regular",
        "normal",
        "expedited",
        "quick",
        "quickest",
        "quickly",
        "air",
        "freight",
        "rush",
        "saver",
        "two-day",
        "2-day",
        "second-day",
        "same-day",
        "sameday",
        "usps",
        "ups",
        "fedex",
        "dhl",
        "courier",
        "asap",
        "urgently",
    ]
)
VAGUE: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    **dict.fromkeys(
        ("heavy", "heavier", "heaviest", "light", "lighter", "lightest", "lightweight", "bulky"),
        ("How heavy? Say it with a number.", ("orders over 20 pounds", "orders under 5 pounds")),
    ),
    **dict.fromkeys(
        ("large", "larger", "largest", "big", "bigger", "biggest", "small", "smaller", "smallest", "tiny", "oversize",
         "oversized"),
        ("By weight or by amount? Say it with a number.", ("orders over 20 pounds", "orders over $100")),
    ),
    **dict.fromkeys(
        ("expensive", "cheap", "cheaper", "valuable", "costly", "high-value", "low-value", "priciest", "pricey"),
        ("From which amount? Say it with a number.", ("orders over $100", "orders under $30")),
    ),
    **dict.fromkeys(
        ("companies", "company", "businesses", "business", "b2b", "commercial", "corporate", "organizations", "firms",
         "organisations", "shops", "stores"),
        ("The orders with something in the company column?", ("orders with a company",)),
    ),
    **dict.fromkeys(
        ("residential", "individuals", "homes", "private", "consumers", "households", "people", "persons"),
        ("The orders without a company?", ("orders without a company",)),
    ),
    **dict.fromkeys(
        ("recent", "new", "newest", "latest", "old", "older", "oldest", "late", "today", "today's", "yesterday",
         "yesterday's", "tomorrow", "tonight", "week", "month", "weekend", "monday", "tuesday", "wednesday",
         "thursday", "friday", "saturday", "sunday", "now", "soon"),
        ("Which days? Name the order date, as in after 2026-01-31.", ()),
    ),
    **dict.fromkeys(
        ("first", "last", "next", "top", "half", "some", "most", "few", "several", "dozen", "many", "random", "couple",
         "bottom", "second", "third", "another", "majority"),
        ("Which orders exactly? They can be named by their numbers, but not counted off.", ()),
    ),
    **dict.fromkeys(
        ("other", "others", "rest", "remaining", "remainder", "unshipped", "pending", "open", "ready", "paid", "unpaid",
         "usual", "same", "similar", "urgent", "important", "priority", "vip"),
        ("Nothing in the file says which these are. Which column and value do you mean?", ()),
    ),
}  # fmt: skip
INTERNATIONAL: Final = frozenset({"international", "foreign", "non-domestic", "nondomestic"})
DOMESTIC: Final = frozenset({"domestic"})
FIELD_WORDS: Final[dict[str, str]] = {
    "order_id": "order number, order numbers, order id, order ids, order no, number, numbers, id, ids, order #",
    "name": "name, names, customer name, recipient name, recipient, customer, customer's name, recipient's name",
    "company": "company, company name, business name, organization, company field, companies, company names",
    "address1": "address, street, street address, address line 1",
    "address2": "address line 2, second address line, apartment, suite, unit",
    "city": "city, town, cities",
    "state": "state, province, states",
    "postal": "zip, zip code, zips, zip codes, zipcode, zipcodes, postal code, postal codes, postcode, postcodes",
    "country": "country, countries",
    "phone": "phone, phone number, telephone, telephone number",
    "email": "email, e-mail, email address, e-mail address",
    "weight": "weight, weights, package weight, total weight, shipping weight",
    "service": "service, services, shipping service, service level, requested service, service column, "
    "shipping method, ship method",
    "total": "total, totals, order total, value, order value, amount, price, order amount, total price",
    "items": "items, item, products, product, contents, item list, order contents",
    "notes": "notes, note, comments, comment, memo, remarks, instructions, delivery instructions, order notes, "
    "special instructions",
    "date": "date, order date, dates",
}
SERVICE_FILTERS: Final = _table(
    service="marked, marked as, marked for, requesting, that requested, that asked for, asking for, who asked for, "
    "who requested, that request, that chose, who chose, with requested service, set to, flagged as, "
    "that are marked, that are marked as, that ordered, who paid for, that paid for"
)
REGIONS: Final[dict[str, Any]] = {
    "new england": ("CT", "MA", "ME", "NH", "RI", "VT"),
    "northeast": ("CT", "MA", "ME", "NH", "NJ", "NY", "PA", "RI", "VT"),
    "north east": ("CT", "MA", "ME", "NH", "NJ", "NY", "PA", "RI", "VT"),
    "midwest": ("IA", "IL", "IN", "KS", "MI", "MN", "MO", "ND", "NE", "OH", "SD", "WI"),
    "south": ("AL", "AR", "FL", "GA", "KY", "LA", "MS", "NC", "OK", "SC", "TN", "TX", "VA", "WV"),
    "southeast": ("AL", "FL", "GA", "KY", "MS", "NC", "SC", "TN", "VA"),
    "southwest": ("AZ", "NM", "OK", "TX"),
    "northwest": ("ID", "OR", "WA"),
    "pacific northwest": ("OR", "WA"),
    "west": ("AZ", "CA", "CO", "ID", "MT", "NM", "NV", "OR", "UT", "WA", "WY"),
    "west coast": ("CA", "OR", "WA"),
    "east coast": ("CT", "DC", "DE", "FL", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "PA", "RI", "SC", "VA",
                   "VT"),
    "mid-atlantic": ("DE", "MD", "NJ", "NY", "PA"),
    "tri-state": ("CT", "NJ", "NY"),
    "tri-state area": ("CT", "NJ", "NY"),
    "gulf coast": ("AL", "FL", "LA", "MS", "TX"),
    "great lakes": ("IL", "IN", "MI", "MN", "NY", "OH", "PA", "WI"),
    "rocky mountains": ("CO", "ID", "MT", "UT", "WY"),
    "bay area": (), "socal": (), "norcal": (), "southern california": (), "northern california": (),
    "upstate new york": (), "long island": (), "silicon valley": (), "lower 48": (), "the lower 48": (),
    "europe": (), "eu": (), "the eu": (), "asia": (), "africa": (), "south america": (), "north america": (),
    "latin america": (), "middle east": (), "scandinavia": (), "england": (), "scotland": (), "wales": (),
    "northern ireland": (), "overseas": (), "abroad": (), "coast": (), "mainland": (), "continental us": (),
    "contiguous us": (), "deep south": (), "north": (), "east": (), "western": (), "eastern": (), "southern": (),
    "northern": (), "northeastern": (), "midwestern": (), "military": (), "apo": (),
}  # fmt: skip
"""Regions are a matter of opinion: they are asked about, with the states that are most often meant."""
