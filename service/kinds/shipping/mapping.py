"""Which column of a sheet is which field of an order: found by the headers' names, shown, and editable."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.folding import fold

FieldType = Literal["text", "number", "date", "state", "country", "identifier"]
MAX_COLUMNS = 200
REQUIRED: Final = ("name", "address1", "city", "state", "postal", "country", "weight")


@dataclass(frozen=True, slots=True)
class KnownField:
    """A field of an order: its type, and the headers (folded, words only) that mean it, best first."""

    name: str
    label: str
    type: FieldType
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of one sheet. `column` counts from 0 (None: not in the sheet); `unit` is that of its numbers."""

    name: str
    label: str
    type: FieldType
    header: str | None
    column: int | None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "field": self.name,
            "label": self.label,
            "type": self.type,
            "header": self.header,
            "unit": self.unit,
            "is_required": self.name in REQUIRED,
        }


KNOWN_FIELDS: Final = (
    KnownField("order_id", "order number", "identifier",
               ("order id", "order number", "order no", "order", "order name", "order ref", "reference",
                "order reference", "id", "number", "sales order", "invoice", "invoice number")),
    KnownField("name", "name", "text",
               ("name", "recipient", "recipient name", "customer", "customer name", "full name", "ship to name",
                "shipping name", "ship name", "to name", "contact", "contact name", "buyer name", "ship to")),
    KnownField("company", "company", "text",
               ("company", "company name", "organization", "organisation", "business", "business name",
                "shipping company", "ship to company", "firm")),
    KnownField("address1", "address", "text",
               ("address1", "address 1", "address line 1", "address", "street", "street1", "street 1",
                "street address", "shipping address1", "shipping address 1", "shipping street",
                "ship address 1", "shipping address", "ship to address 1", "ship to address", "addr1",
                "address line1")),
    KnownField("address2", "address line 2", "text",
               ("address2", "address 2", "address line 2", "street2", "street 2", "apt", "unit", "suite",
                "shipping address2", "shipping address 2", "ship to address 2", "addr2", "address line2")),
    KnownField("city", "city", "text",
               ("city", "town", "shipping city", "ship city", "ship to city", "locality", "city town")),
    KnownField("state", "state", "state",
               ("state", "province", "state province", "region", "shipping province", "shipping state",
                "ship state", "ship to state", "state code", "province code", "county", "st")),
    KnownField("postal", "ZIP", "text",
               ("postal", "zip", "zip code", "zipcode", "postal code", "postcode", "post code",
                "shipping zip", "ship zip", "ship to zip", "shipping postal code", "shipping postcode",
                "postalcode", "zip postal code", "ship to postal code")),
    KnownField("country", "country", "country",
               ("country", "country code", "shipping country", "ship country", "ship to country", "nation",
                "shipping country code")),
    KnownField("phone", "phone", "text", ("phone", "phone number", "telephone", "mobile", "shipping phone", "tel")),
    KnownField("email", "e-mail", "text", ("email", "e mail", "email address", "customer email")),
    KnownField("weight", "weight", "number",
               ("weight", "total weight", "package weight", "shipping weight", "order weight", "parcel weight",
                "gross weight", "wt")),
    KnownField("service", "service column", "text",
               ("service", "shipping method", "shipping service", "ship method", "shipping", "service level",
                "requested service", "delivery method", "ship via", "method")),
    KnownField("total", "total", "number",
               ("total", "order total", "amount", "total price", "grand total", "order value", "value", "price",
                "subtotal", "total amount", "order amount")),
    KnownField("items", "items", "text",
               ("items", "item", "products", "product", "contents", "lineitem name", "product name",
                "line items", "description", "item name", "sku")),
    KnownField("notes", "notes", "text",
               ("notes", "note", "comments", "comment", "customer note", "memo", "remarks", "instructions",
                "special instructions", "delivery instructions", "buyer notes", "delivery notes", "customer notes",
                "order notes", "order note", "buyer note", "customer comments", "customer comment")),
    KnownField("date", "order date", "date",
               ("date", "order date", "created at", "created", "ordered at", "purchase date", "placed",
                "placed at", "sale date", "date created")),
)  # fmt: skip
FIELDS_BY_NAME: Final = {field.name: field for field in KNOWN_FIELDS}
_UNITS: Final = {"lb": "lb", "lbs": "lb", "pounds": "lb", "pound": "lb", "oz": "oz", "ounces": "oz", "kg": "kg",
                 "kgs": "kg", "kilograms": "kg", "g": "g", "grams": "g", "gr": "g"}  # fmt: skip
_CURRENCIES: Final = {"usd": "USD", "eur": "EUR", "gbp": "GBP", "cad": "CAD"}
_PREFIXES: Final = ("ship to", "shipping", "ship", "delivery", "recipient", "to", "receiver")
"""Shops that export a billing address too write these before what the parcel needs."""
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORDS: Final = re.compile(r"[^\w$€£]+|_")


def header_words(header: str) -> str:
    """Return a header as plain words: `Ship_To-ZIP code` and `shipToZipCode` lose case and punctuation."""
    return fold(_NOT_WORDS.sub(" ", _CAMEL.sub(" ", header)))


def map_columns(headers: Sequence[str], wanted: Mapping[str, str] | None = None) -> tuple[Field, ...]:
    """Return the fields of a sheet with these headers: the known ones, then every other column by its own name.

    `wanted` (field -> header) goes before what the names say; an empty header leaves the field out. Raises
    JobError `mapping_invalid`, `columns_missing` or `too_many_columns`.
    """
    if len(headers) > MAX_COLUMNS:
        raise shipping_error(
            "too_many_columns", f"The file has {len(headers)} columns; {MAX_COLUMNS} are read."
        )
    chosen = _chosen(headers, wanted or {})
    fields = [_known_field(field, headers, chosen) for field in KNOWN_FIELDS]
    missing = [name for name in REQUIRED if name not in chosen]
    if missing:
        raise shipping_error(
            "columns_missing",
            f"No column was found for {', '.join(missing)}. The file has: {', '.join(headers)}.",
        )
    taken = {column for column in chosen.values() if column is not None}
    names = {field.name for field in fields}
    for column, header in enumerate(headers):
        if column not in taken:
            name = _free_name(header_words(header).replace(" ", "_") or f"column_{column + 1}", names)
            names.add(name)
            fields.append(Field(name, header_words(header) or name, "text", header, column))
    return tuple(fields)


def columns_by_field(headers: Sequence[str], wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return known field -> header as far as there is one; what is missing is no error here.

    Raises JobError `mapping_invalid`.
    """
    found = _chosen(headers, wanted or {})
    return {name: headers[column] for name, column in found.items() if column is not None}


def _chosen(headers: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int | None]:
    chosen: dict[str, int | None] = {}
    for name, header in wanted.items():
        if name not in FIELDS_BY_NAME:
            raise shipping_error("mapping_invalid", f"There is no field {name!r}.")
        if header and header not in headers:
            raise shipping_error("mapping_invalid", f"{name}: the file has no column {header!r}.")
        if header:
            chosen[name] = headers.index(header)
    twice = {headers[c] for c in chosen.values() if c is not None and list(chosen.values()).count(c) > 1}
    if twice:
        raise shipping_error("mapping_invalid", f"Two fields want the column {', '.join(sorted(twice))}.")
    words = [_without_unit(header_words(header))[0] for header in headers]
    for field in KNOWN_FIELDS:
        if field.name not in wanted:
            free = [c for c in range(len(headers)) if c not in chosen.values()]
            aliases = [
                *(f"{first} {alias}" for first in _PREFIXES for alias in field.headers),
                *field.headers,
            ]
            found = next((c for alias in aliases for c in free if words[c] == alias), None)
            if found is not None:
                chosen[field.name] = found
    return chosen


def _known_field(field: KnownField, headers: Sequence[str], chosen: Mapping[str, int | None]) -> Field:
    column = chosen.get(field.name)
    header = headers[column] if column is not None else None
    unit = _without_unit(header_words(header or ""))[1]
    if field.name == "weight" and unit is None:
        unit = "lb"
    return Field(field.name, field.label, field.type, header, column, unit)


def _without_unit(words: str) -> tuple[str, str | None]:
    """Split `weight kg` or `total usd` into the name and its unit."""
    name, _, last = words.rpartition(" ")
    unit = _UNITS.get(last) or _CURRENCIES.get(last)
    if name and unit:
        return name.removesuffix(" in"), unit
    return words, None


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}_{n}" for n in range(2, 1000) if f"{name}_{n}" not in taken)
