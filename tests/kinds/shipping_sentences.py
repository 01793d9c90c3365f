"""Sentences whose meaning a person has written down by hand: as a test of each row, or as "this must be asked"."""

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Is = Callable[[Row], bool]
_STATES = {"Texas": "TX", "California": "CA", "New York": "NY"}
_COUNTRIES = {"UK": "GB", "United States": "US", "Canada": "CA"}


def row_of(cells: dict[str, str]) -> Row:
    """Return a row of the sheet as the tests below read it: w pounds, t dollars, st, co, us, id."""
    st = _STATES.get(cells["state"], cells["state"].upper())
    co = _COUNTRIES.get(cells["country"], cells["country"])
    w = float(cells["weight_lb"]) if cells["weight_lb"] else None
    t = float(cells["total_usd"].replace(",", "")) if cells["total_usd"] else None
    return {**cells, "id": int(cells["order_id"]), "w": w, "t": t, "st": st, "co": co, "us": co == "US"}


def us(*states: str) -> Is:
    """Return whether a row goes to one of these states of the US."""
    return lambda r: r["us"] and r["st"] in states


def co(*countries: str) -> Is:
    """Return whether a row goes to one of these countries."""
    return lambda r: r["co"] in countries


def city(*names: str) -> Is:
    """Return whether a row goes to a city of one of these names."""
    return lambda r: r["city"] in names


def ids(*numbers: int) -> Is:
    """Return whether a row has one of these order numbers."""
    return lambda r: r["id"] in numbers


def wgt(is_so: Callable[[float], bool]) -> Is:
    """Return whether a row's weight is so; a blank is not."""
    return lambda r: r["w"] is not None and is_so(r["w"])


def tot(is_so: Callable[[float], bool]) -> Is:
    """Return whether a row's total is so; a blank is not."""
    return lambda r: r["t"] is not None and is_so(r["t"])


def svc(*names: str) -> Is:
    """Return whether a row's service column says one of these."""
    return lambda r: r["service"] in names


def has(column: str, text: str) -> Is:
    """Return whether a column contains a text."""
    return lambda r: text.lower() in r[column].lower()


def blank(column: str) -> Is:
    """Return whether a cell is blank."""
    return lambda r: not r[column].strip()


def filled(column: str) -> Is:
    """Return whether a cell is filled in."""
    return lambda r: bool(r[column].strip())


def AND(*parts: Is) -> Is:  # noqa: N802 (as loud as in the tables below)
    """Return whether all hold."""
    return lambda r: all(part(r) for part in parts)


def OR(*parts: Is) -> Is:  # noqa: N802 (the same)
    """Return whether one holds."""
    return lambda r: any(part(r) for part in parts)


def NOT(part: Is) -> Is:  # noqa: N802 (the same)
    """Return whether it does not hold."""
    return lambda r: not part(r)


def ALL(_: Row) -> bool:  # noqa: N802 (the same)
    """Hold for every row."""
    return True


CLEAR: list[tuple[str, Is, str | None]] = [
    ('Can you ship the orders in TX?', us("TX"), None),
    ('ship all but California and Texas', NOT(us("CA", "TX")), None),
    ('ship orders to New York state', us("NY"), None),
    ('ship only Illinois orders', us("IL"), None),
    ('Florida orders by ground', us("FL"), 'ground'),
    ('ship orders where state is Texas or Ohio', us("TX", "OH"), None),
    ('ship orders to Georgia', us("GA"), None),
    ('ship orders to WA', us("WA"), None),
    ('ship orders to British Columbia and Quebec', lambda r: r["co"] == "CA" and r["st"] in ("BC", "QC"), None),
    ('ship orders to Springfield, Illinois', lambda r: r["city"] == "Springfield" and r["st"] == "IL", None),
    ('ship orders to London in Canada', lambda r: r["city"] == "London" and r["co"] == "CA", None),
    ('ship orders to Illinois but not Chicago', lambda r: r["us"] and r["st"] == "IL" and r["city"]!="Chicago", None),
    ('ship the order to Boston', city("Boston"), None),
    ('ship orders to Oxford by overnight', city("Oxford"), 'overnight'),
    ('ship orders to the United Kingdom', co("GB"), None),
    ('ship domestic orders', co("US"), None),
    ('ship orders to Canada over 10 lbs', AND(co("CA"), wgt(lambda w: w > 10)), None),
    ('ship orders weighing at least 50 pounds by ground', wgt(lambda w: w >= 50), 'ground'),
    ('ship orders under 500 g', wgt(lambda w: w < 500*0.0022046226218487757), None),
    ('ship 5-10 lb packages', wgt(lambda w: 5 <= w <= 10), None),
    ('ship everything 5 lb and under', wgt(lambda w: w <= 5), None),
    ('ship orders with weight > 60', wgt(lambda w: w > 60), None),
    ('ship orders weighing 20 lb', wgt(lambda w: w == 20), None),
    ('ship orders over a hundred pounds', wgt(lambda w: w > 100), None),
    ('ship orders under 1 lb or over 100 lb', wgt(lambda w: w < 1 or w > 100), None),
    ('ship orders over 1,000 pounds', wgt(lambda w: w > 1000), None),
    ('ship orders worth more than $500', tot(lambda t: t > 500), None),
    ('ship orders totaling at least $200', tot(lambda t: t >= 200), None),
    ('ship $100-$150 orders', tot(lambda t: 100 <= t <= 150), None),
    ('ship orders that cost less than 30 bucks', tot(lambda t: t < 30), None),
    ('ship orders over $500 or over 100 pounds', OR(tot(lambda t: t > 500), wgt(lambda w: w > 100)), None),
    ('ship 1001, 1002, 1003', ids(1001, 1002, 1003), None),
    ('ship orders from 1001 to 1010', ids(*range(1001, 1011)), None),
    ('ship orders 1001-1010 except 1005 and 1006', ids(1001, 1002, 1003, 1004, 1007, 1008, 1009, 1010), None),
    ('ship order number 1044 overnight', ids(1044), 'overnight'),
    ('ship the order for Grace Kim', lambda r: r["name"] == "Grace Kim", None),
    ("ship orders for Siobhan O'Brien", lambda r: r["name"] == "Siobhan O'Brien", None),
    ('ship orders whose company contains LLC', has("company", "LLC"), None),
    ('ship everyone except Grace Kim', lambda r: r["name"]!="Grace Kim", None),
    ('use ground to ship everything to Ohio', us("OH"), 'ground'),
    ('ship all orders whose service is not overnight', NOT(svc("overnight")), None),
    ('ship orders where notes mention jewelry', has("notes", "jewelry"), None),
    ('ship orders where items include enamel pin', has("items", "enamel pin"), None),
    ('ship orders to zip code 90026', lambda r: r["postal"] == "90026", None),
    ('ship orders whose address2 contains Apt', has("address2", "apt"), None),
    ('ship all orders except those to Texas that are over $100', NOT(AND(us("TX"), tot(lambda t: t > 100))), None),
    ('Ship the orders to Ohio. Use express.', us("OH"), 'express'),
    ("ship orders to Texas only if they're over 50 lb", AND(us("TX"), wgt(lambda w: w > 50)), None),
    ('ship Texas orders unless they weigh more than 50 lb', AND(us("TX"), NOT(wgt(lambda w: w > 50))), None),
    ('ship orders to Texas, not Austin', AND(us("TX"), NOT(city("Austin"))), None),
    ("ship orders that aren't over 50 lb", wgt(lambda w: w <= 50), None),
    ('SHIP ALL ORDERS IN TX', us("TX"), None),
    ('SHIP ALL ORDERS TO TX OR CALIFORNIA', us("TX", "CA"), None),
    ('SHIP ALL ORDERS TO TX OR FL BY GROUND', us("TX", "FL"), 'ground'),
    ('ship orders to CO, OR, and WA', us("CO", "OR", "WA"), None),
    ('ship orders to OR', us("OR"), None),
    ('OK, ship orders to Texas', us("TX"), None),
    ('Ok ship Texas orders', us("TX"), None),
    ('OK ship all orders', ALL, None),
    ('Hi ship all Texas orders', us("TX"), None),
    ('ship orders to Washington state', us("WA"), None),
    ('ship orders to Washington, D.C.', us("DC"), None),
    ('ship orders to New Mexico', us("NM"), None),
    ('ship orders to Dallas, Texas', city("Dallas"), None),
    ('ship orders to Austin and Dallas, Texas', city("Austin", "Dallas"), None),
    ('ship orders 1001,1002,1003', ids(1001, 1002, 1003), None),
    ('ship orders 1001 thru 1005', ids(1001, 1002, 1003, 1004, 1005), None),
    ('ship all orders other than 1001-1010', lambda r: r["id"] > 1010, None),
    ('ship order 1017', ids(1017), None),
    ('ship the 20 lb order', wgt(lambda w: w == 20), None),
    ('ship orders weighing 2 to 3 pounds', wgt(lambda w: 2 <= w <= 3), None),
    ('ship 50 lb+ orders', wgt(lambda w: w >= 50), None),
    ('ship orders ≥10 lb', wgt(lambda w: w >= 10), None),
    ('ship 10lb-20lb orders', wgt(lambda w: 10 <= w <= 20), None),
    ('ship orders less than or equal to 5 lb', wgt(lambda w: w <= 5), None),
    ('ship orders not less than 50 lb', wgt(lambda w: w >= 50), None),
    ('ship orders less than $20 or more than $1000', tot(lambda t: t < 20 or t > 1000), None),
    ('ship orders which cost between 20 and 30 dollars', tot(lambda t: 20 <= t <= 30), None),
    ('ship orders valued over $1,000.00', tot(lambda t: t > 1000), None),
    ('ship orders that are not to Texas or Ohio', NOT(us("TX", "OH")), None),
    ('ship orders without company and without notes', AND(blank("company"), blank("notes")), None),
    ('ship orders with a company or notes', OR(filled("company"), filled("notes")), None),
    ('ship orders with a company and notes', AND(filled("company"), filled("notes")), None),
    ('ship orders with a company but no notes', AND(filled("company"), blank("notes")), None),
    ('ship orders with a company but without notes', AND(filled("company"), blank("notes")), None),
    ('ship orders but not those with a company', blank("company"), None),
    ('ship non-Texas orders', NOT(us("TX")), None),
    ('ship orders whose company is not blank', filled("company"), None),
    ('ship orders not over $100 and not under $50', tot(lambda t: 50 <= t <= 100), None),
    ('ship everything except Canada, Texas and Ohio', NOT(OR(co("CA"), us("TX", "OH"))), None),
    ('ship everything, except Texas, by ground', NOT(us("TX")), 'ground'),
    ('ship everything by ground, except overnight orders', NOT(svc("overnight")), 'ground'),
    ('print label for 1001', ids(1001), None),
    ('create a label for order 1001', ids(1001), None),
    ('create labels for the Texas orders by ground', us("TX"), 'ground'),
    ('ship by ground only the orders to Texas', us("TX"), 'ground'),
    ('ship only ground orders by ground', svc("ground"), 'ground'),
    ('ship everything overnight except overnight orders', NOT(svc("overnight")), 'overnight'),
    ('ship orders using ground service to Texas', us("TX"), 'ground'),
    ('overnight order 1001', ids(1001), 'overnight'),
    ('ship 1001 next day', ids(1001), 'overnight'),
    ('ship everything overnight to Texas except Austin', AND(us("TX"), NOT(city("Austin"))), 'overnight'),
    ('ship all orders to Texas and by ground', us("TX"), 'ground'),
    ('ship all orders to Texas and ship them by ground', us("TX"), 'ground'),
    ('ship Texas & California & Florida', us("TX", "CA", "FL"), None),
    ('ship TX/FL orders', us("TX", "FL"), None),
    ('ship all orders in Texas and all orders in Ohio', us("TX", "OH"), None),
    ('ship Texas orders and also Ohio orders', us("TX", "OH"), None),
    ('ship the Texas orders plus the Ohio orders by ground', us("TX", "OH"), 'ground'),
    ('ship everything in Texas as well as in Ohio', us("TX", "OH"), None),
    ('ship orders over 10 lb but less than 50 lb to California', AND(us("CA"), wgt(lambda w: 10 < w < 50)), None),
    ('ship orders under 10 lb but not to California', AND(wgt(lambda w: w < 10), NOT(us("CA"))), None),
    ('ship orders under 10 lb, not to California', AND(wgt(lambda w: w < 10), NOT(us("CA"))), None),
    ('ship the lot by ground', ALL, 'ground'),
    ('ship all of it by ground', ALL, 'ground'),
    ('ship orders with blank state', blank("state"), None),
    ('ship orders missing a state', blank("state"), None),
    ('ship orders whose company is blank', blank("company"), None),
    ('ship orders where company is Adler & Sons', lambda r: r["company"] == "Adler & Sons", None),
    ('ship orders whose city starts with San', has("city", "san"), None),
    ('ship orders whose items contain tent or vise', OR(has("items", "tent"), has("items", "vise")), None),
    ('ship orders whose items contain "Coffee"', has("items", "coffee"), None),
    ('ship orders where items contain mug and ship by ground', has("items", "mug"), 'ground'),
    ('ship orders where the customer is Grace Kim', lambda r: r["name"] == "Grace Kim", None),
    ('ship orders where country is Canada and weight is over 10', AND(co("CA"), wgt(lambda w: w > 10)), None),
    ('ship all orders to Texas\nby ground', us("TX"), 'ground'),
    ('  ship   all   orders  to   Texas  ', us("TX"), None),
    ('ship all orders to texas!!!', us("TX"), None),
    ('ship all orders to texas...', us("TX"), None),
    ('ship orders going anywhere but Texas', NOT(us("TX")), None),
    ('ship orders going anywhere except Texas and Ohio', NOT(us("TX", "OH")), None),
    ('ship US orders except Hawaii and Alaska', AND(co("US"), NOT(us("HI", "AK"))), None),
    ('ship US and Canada orders', co("US", "CA"), None),
    ('ship orders within the US', co("US"), None),
    ('ship orders inside the United States over $1000', AND(co("US"), tot(lambda t: t > 1000)), None),
    ('ship foreign orders by express', NOT(co("US")), 'express'),
    ('ship Carter Bookshop', lambda r: r["company"] == "Carter Bookshop", None),
    ('ship Paula Reyes overnight', lambda r: r["name"] == "Paula Reyes", 'overnight'),
    ('ship our orders to California', us("CA"), None),
    ('ship to all addresses in Texas', us("TX"), None),
    ('ship everything that is not over 50 lb and not to Texas', AND(wgt(lambda w: w <= 50), NOT(us("TX"))), None),
    ('ship orders not to Texas and California', NOT(us("TX", "CA")), None),
    ('ship everything outside the US except Canada', co("GB"), None),
    ('ship US orders excluding Hawaii', AND(co("US"), NOT(us("HI"))), None),
    ('ship all orders except Texas orders, by ground', NOT(us("TX")), 'ground'),
    ('ship all Texas orders except 1005-1007', AND(us("TX"), NOT(ids(1005, 1006, 1007))), None),
    ('ship to Maria Lopez and Hannah Weiss', lambda r: r["name"] in ("Maria Lopez", "Hannah Weiss"), None),
    ('ship orders to Toronto, CA', city("Toronto"), None),
    ('ship orders to Texas, USA', us("TX"), None),
    ('ship orders in Texas, United States by ground', us("TX"), 'ground'),
    ('ship orders to Greater London', lambda r: r["state"] == "Greater London", None),
    ('ship orders to Portland in Oregon', lambda r: r["city"] == "Portland" and r["st"] == "OR", None),
    ('ship orders to New York, New York', lambda r: r["city"] == "New York", None),
    ('ship orders with zip codes 02134 and 01608', lambda r: r["postal"] in ("02134", "01608"), None),
    ('ship orders where address contains Street', has("address1", "street"), None),
    ('ship orders whose items end with set', lambda r: r["items"].lower().endswith("set"), None),
    ('ship orders whose notes contain gift by express', has("notes", "gift"), 'express'),
    ('ship orders costing 100 dollars or less', tot(lambda t: t <= 100), None),
    ('ship 5 lb and 10 lb orders', wgt(lambda w: w in (5, 10)), None),
    ('mail everything overnight to Ohio', us("OH"), 'overnight'),
    ('ship overnight the orders to Texas', us("TX"), 'overnight'),
    ('ship all Texas orders overnight', us("TX"), 'overnight'),
    ('ship only Texas orders overnight', us("TX"), 'overnight'),
    ('ship orders to Texas over 20 lb only', AND(us("TX"), wgt(lambda w: w > 20)), None),
    ('ship all orders but only to Texas', us("TX"), None),
    ('ship orders from 5 to 10 lb to Texas', AND(us("TX"), wgt(lambda w: 5 <= w <= 10)), None),
    ('ship orders to Texas up to 5 lb', AND(us("TX"), wgt(lambda w: w <= 5)), None),
    ('ship orders over one hundred pounds', wgt(lambda w: w > 100), None),
    ('ship orders over a thousand dollars', tot(lambda t: t > 1000), None),
    ('ship orders over 2 hundred dollars', tot(lambda t: t > 200), None),
    ('ship orders over 500$', tot(lambda t: t > 500), None),
    ('ship orders over 500 USD', tot(lambda t: t > 500), None),
    ('ship orders over 5# to Texas', AND(us("TX"), wgt(lambda w: w > 5)), None),
    ('ship orders with blank company and blank notes', AND(blank("company"), blank("notes")), None),
    ('ship orders 1001-1005 and 1010-1012 except 1003 and 1011', ids(1001, 1002, 1004, 1005, 1010, 1012), None),
    ('ship orders to Texas, please, by ground, thanks', us("TX"), 'ground'),
    ("Let's ship everything that goes to Georgia", us("GA"), None),
    ('Ohio', us("OH"), None),
    ('all orders by ground', ALL, 'ground'),
    ('over 50 lb', wgt(lambda w: w > 50), None),
    ('I want orders to Ohio', us("OH"), None),
    ('print the labels for Ohio by ground', us("OH"), 'ground'),
    ('ship orders not from Texas', NOT(us("TX")), None),
    ('ship orders that do not go to Texas or Ohio', NOT(us("TX", "OH")), None),
    ("ship orders that don't go to Texas and weigh under 2 lb", AND(NOT(us("TX")), wgt(lambda w: w < 2)), None),
    ('ship orders over 5 lb not over 10 lb', wgt(lambda w: 5 < w <= 10), None),
    ('ship orders that cost not more than $30', tot(lambda t: t <= 30), None),
    ('ship orders worth not less than $1000', tot(lambda t: t >= 1000), None),
    ('ship orders weighing not more than 1 lb', wgt(lambda w: w <= 1), None),
    ("ship orders that don't cost more than $30", tot(lambda t: t <= 30), None),
    ('ship orders to Texas, not over 50 lb', AND(us("TX"), wgt(lambda w: w <= 50)), None),
    ('ship orders to Texas, not to Austin', AND(us("TX"), NOT(city("Austin"))), None),
    ('ship orders to Texas not Austin or Dallas', AND(us("TX"), NOT(city("Austin", "Dallas"))), None),
    ('ship orders to Texas, not Austin, by ground', AND(us("TX"), NOT(city("Austin"))), 'ground'),
    ('ship Texas and Ohio but not Austin', AND(us("TX", "OH"), NOT(city("Austin"))), None),
    ('ship orders to Ohio except Columbus, Cleveland', AND(us("OH"), NOT(city("Columbus", "Cleveland"))), None),
    ('use ground to ship Ohio', us("OH"), 'ground'),
    ('using express, ship all orders to Ohio', us("OH"), 'express'),
    ('by overnight ship 1001', ids(1001), 'overnight'),
    ('ship orders overnight to Texas and Ohio', us("TX", "OH"), 'overnight'),
    ('ship orders express to the UK', co("GB"), 'express'),
    ('ship orders overnight', ALL, 'overnight'),
    ('ship orders ground to Texas over 50 lb', AND(us("TX"), wgt(lambda w: w > 50)), 'ground'),
    ('ship to everyone in Texas', us("TX"), None),
    ('ship to everyone', ALL, None),
    ('ship orders to everyone in Texas and Ohio by ground', us("TX", "OH"), 'ground'),
    ('ship orders for everyone over 50 lb', wgt(lambda w: w > 50), None),
    ('ship for all customers without a company', blank("company"), None),
    ('ship orders to all customers with a company', filled("company"), None),
    ('ship orders for California customers over 5 lb', AND(us("CA"), wgt(lambda w: w > 5)), None),
    ('ship orders with a company and over $500', AND(filled("company"), tot(lambda t: t > 500)), None),
    ('ship orders with a company and notes contain fragile', AND(filled("company"), has("notes", "fragile")), None),
    ('ship orders with notes or a company to Texas', AND(us("TX"), OR(filled("notes"), filled("company"))), None),
    ('ship all orders except those with a company or notes', NOT(OR(filled("company"), filled("notes"))), None),
    ('ship orders with a company but no notes to Texas', AND(us("TX"), filled("company"), blank("notes")), None),
    ('ship Texas orders but without a company by ground', AND(us("TX"), blank("company")), 'ground'),
    ('ship orders over 3 lb 8 oz and under 5 lb', wgt(lambda w: 3.5 < w < 5), None),
    ('ship orders between 3 lb 8 oz and 5 lb', wgt(lambda w: 3.5 <= w <= 5), None),
    ('ship orders between 8 oz and 2 lb', wgt(lambda w: .5 <= w <= 2), None),
    ('ship orders between 8 and 16 oz', wgt(lambda w: .5 <= w <= 1), None),
    ('ship orders over 1 kg 500 g', wgt(lambda w: w > 1.5/0.45359237), None),
    ('ship orders over $20.50', tot(lambda t: t > 20.5), None),
    ('ship orders over $1,250', tot(lambda t: t > 1250), None),
    ('ship orders at least $1,250', tot(lambda t: t >= 1250), None),
    ('ship orders over 0.125 lb', wgt(lambda w: w > .125), None),
    ('ship orders over 50 pound', wgt(lambda w: w > 50), None),
    ('ship 50 pound orders', wgt(lambda w: w == 50), None),
    ('ship 50-pound orders', wgt(lambda w: w == 50), None),
    ('ship orders that weigh 5 pounds or weigh 10 pounds', wgt(lambda w: w in (5, 10)), None),
    ('ship orders of 5 lb, over $50', AND(wgt(lambda w: w == 5), tot(lambda t: t > 50)), None),
    ('ship orders $200 and up and over 5 lb', AND(tot(lambda t: t >= 200), wgt(lambda w: w > 5)), None),
    ('ship orders above $100 in Ohio and Texas', AND(us("OH", "TX"), tot(lambda t: t > 100)), None),
    ('ship Texas orders over 50 lb except order 1006', AND(us("TX"), wgt(lambda w: w > 50), NOT(ids(1006))), None),
    ('ship orders whose items do not contain mug', lambda r: "mug" not in r["items"].lower(), None),
    ("ship orders whose zip doesn't start with 9", lambda r: not r["postal"].startswith("9"), None),
    ('ship orders whose city contains port', has("city", "port"), None),
    ('ship orders whose city ends with land', lambda r: r["city"].lower().endswith("land"), None),
    ('ship orders where country is CA', co("CA"), None),
    ('ship orders where state is CA', us("CA"), None),
    ('ship orders in state CA', us("CA"), None),
    ('ship orders where weight is under 2 lb or over 100 lb', wgt(lambda w: w < 2 or w > 100), None),
    ('ship orders with weight over 10 or total over 1000', OR(wgt(lambda w: w > 10), tot(lambda t: t > 1000)), None),
    ('ship orders with weight 5', wgt(lambda w: w == 5), None),
    ('ship orders with weight 5 or more', wgt(lambda w: w >= 5), None),
    ('ship orders with weight 5-10', wgt(lambda w: 5 <= w <= 10), None),
    ('ship orders with weight between 5 and 10', wgt(lambda w: 5 <= w <= 10), None),
    ('ship orders with total 100 or less', tot(lambda t: t <= 100), None),
]  # fmt: skip
