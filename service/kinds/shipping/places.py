"""States, provinces and countries: their codes, and the names by which people call them."""

from functools import cache
from importlib import resources
from typing import Final

from service.kinds.shipping.folding import fold

US_STATES: Final = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "AS": "American Samoa", "GU": "Guam",
    "MP": "Northern Mariana Islands", "PR": "Puerto Rico", "VI": "U.S. Virgin Islands",
    "AA": "Armed Forces Americas", "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific",
}  # fmt: skip
"""USPS Publication 28, appendix B."""
CA_PROVINCES: Final = {
    "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador", "NS": "Nova Scotia", "NT": "Northwest Territories", "NU": "Nunavut",
    "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
}  # fmt: skip
"""Canada Post addressing guidelines."""
AU_STATES: Final = {
    "ACT": "Australian Capital Territory", "NSW": "New South Wales", "NT": "Northern Territory",
    "QLD": "Queensland", "SA": "South Australia", "TAS": "Tasmania", "VIC": "Victoria",
    "WA": "Western Australia",
}  # fmt: skip
STATES_BY_COUNTRY: Final = {"US": US_STATES, "CA": CA_PROVINCES, "AU": AU_STATES}
_MORE_STATE_NAMES: Final = {
    ("US", "DC"): ("Washington DC", "Washington D.C.", "D.C."),
    ("US", "NY"): ("New York State", "NY State"),
    ("US", "WA"): ("Washington State", "WA State"),
    ("US", "VI"): ("Virgin Islands",),
    ("CA", "NL"): ("Newfoundland",),
    ("CA", "PE"): ("PEI",),
    ("CA", "YT"): ("Yukon Territory",),
}
_MORE_COUNTRY_NAMES: Final = {
    "US": ("USA", "U.S.", "U.S.A.", "United States of America", "America", "the States"),
    "GB": ("UK", "U.K.", "Great Britain", "Britain"),
    "AE": ("UAE", "Emirates"),
    "BA": ("Bosnia",),
    "CD": ("DR Congo", "DRC"),
    "CI": ("Ivory Coast",),
    "CZ": ("Czechia",),
    "KR": ("Korea", "Republic of Korea"),
    "MM": ("Burma",),
    "MK": ("Macedonia",),
    "NL": ("Holland", "The Netherlands"),
    "RU": ("Russian Federation",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Türkiye",),
    "VA": ("Holy See", "Vatican"),
    "VN": ("Viet Nam",),
    "CN": ("People's Republic of China", "PRC"),
    "MO": ("Macao",),
}


@cache
def country_names() -> dict[str, str]:
    """Return code -> English name of every country (ISO 3166-1)."""
    text = resources.files(__package__).joinpath("countries.tsv").read_text("utf-8")
    pairs = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {code: name for code, name in pairs}  # noqa: C416 (dict() of lists is no dict[str, str] to mypy)


@cache
def countries_by_name() -> dict[str, str]:
    """Return folded name, alias or code -> country code."""
    found = {fold(name): code for code, name in country_names().items()}
    found |= {fold(name): code for code, names in _MORE_COUNTRY_NAMES.items() for name in names}
    found |= {code.lower(): code for code in country_names()}
    return found | {"usa": "US", "can": "CA", "gbr": "GB", "mex": "MX", "aus": "AU", "deu": "DE", "fra": "FR"}


@cache
def states_by_name(country: str) -> dict[str, str]:
    """Return folded name or code -> state code of one country; empty when its states are not known here."""
    states = STATES_BY_COUNTRY.get(country, {})
    found = {fold(name): code for code, name in states.items()} | {code.lower(): code for code in states}
    more = {
        fold(name): code
        for (where, code), names in _MORE_STATE_NAMES.items()
        if where == country
        for name in names
    }
    return found | more


def country_code(text: str) -> str | None:
    """Return the ISO code of a country as somebody wrote it, None when no country is called so."""
    return countries_by_name().get(fold(text))


def state_code(text: str, country: str | None) -> str | None:
    """Return the code of a state in a known country; one of another country is its own folded name."""
    if not text.strip():
        return None
    known = states_by_name(country or "US")
    return known.get(fold(text)) or known.get(fold(text).rstrip(".")) or fold(text).upper()


def is_state(code: str | None, country: str | None) -> bool:
    """Tell whether a state code exists; True where this program does not know the country's states."""
    states = STATES_BY_COUNTRY.get(country or "US")
    return states is None or code in states


def state_name(code: str, country: str | None = None) -> str:
    """Return the name of a state by its code: of that country, else of the first country that has it."""
    for where, states in STATES_BY_COUNTRY.items():
        if code in states and country in (None, where):
            return states[code]
    return code.title() if len(code) > 3 else code
