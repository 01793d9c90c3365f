"""A kind's args: checked against its marshmallow schema, and described as JSON Schema for forms and docs."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from service.kinds.base import Kind
from service.model.errors import DeskError, FieldError

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_ARGS_BYTES: Final = 1024 * 1024


def json_schema(kind: Kind) -> dict[str, Any]:
    """Return a kind's args as a self-contained JSON Schema (2020-12); any object when it has no schema."""
    if kind.Args is None:
        return {"$schema": DIALECT, "type": "object"}
    return json.loads(_schema_text(kind.Args))  # type: ignore[no-any-return]  # the text of an object


def load(kind: Kind, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return args with defaults filled in, as plain JSON. Raises DeskError `invalid_args` with JSON pointers.

    They are dumped again after loading, so that a date or an enum is stored as the text it came from.
    """
    if not isinstance(args, Mapping):
        raise _invalid([FieldError("/args", "Has to be a JSON object.")])
    loaded: Any = dict(args)
    if kind.Args is not None:
        schema = kind.Args()
        try:
            loaded = _dumped(schema, schema.load(args))
        except ValidationError as error:
            raise _invalid(list(_field_errors("/args", error.messages))) from None
    return _plain(loaded)


def _dumped(schema: Schema, loaded: Any) -> Any:
    """Dump what was loaded, with what marshmallow leaves out: unknown members that are let in."""
    dumped = schema.dump(loaded)
    known = {field.attribute or name for name, field in schema.load_fields.items()}
    more = {name: value for name, value in loaded.items() if name not in known}
    return {**dumped, **more}


def _plain(args: Any) -> dict[str, Any]:
    try:
        text = json.dumps(args, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise _invalid([FieldError("/args", f"Not JSON: {error}")]) from None
    if size > MAX_ARGS_BYTES:
        raise _invalid([FieldError("/args", f"Too large: {size} bytes, {MAX_ARGS_BYTES} are allowed.")])
    return json.loads(text)  # type: ignore[no-any-return]  # the text of an object


def _field_errors(pointer: str, messages: Any) -> Iterator[FieldError]:
    """Walk marshmallow's nested messages: dicts by field or index, lists of text at the leaves."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            # _schema is marshmallow's word for the whole object; ~0 and ~1 are RFC 6901's escapes.
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from _field_errors(pointer + step, below)
    elif isinstance(messages, list):
        for message in messages:
            yield from _field_errors(pointer, message)
    else:
        yield FieldError(pointer, str(messages))


def _invalid(errors: list[FieldError]) -> DeskError:
    shown = "; ".join(f"{error.pointer}: {error.detail}" for error in errors[:5])
    return DeskError(
        "invalid_args",
        f"The args are not valid: {shown}",
        remediation="GET /api/v1/kinds has the JSON Schema of every kind's args.",
        errors=errors,
    )


@cache
def _schema_text(schema: type[Schema]) -> str:
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _: "")  # nothing by reference: all in one piece
    APISpec(title="", version="", openapi_version="3.1.0", plugins=[plugin])
    assert plugin.converter is not None  # noqa: S101 (APISpec has just set it)
    described = plugin.converter.schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # apispec's own
    made = schema()
    for name, field in made.load_fields.items():
        shown = described["properties"].get(field.data_key or name, {})
        _add_default(shown, name, field)
        _mend_range(shown, field)
    is_open = made.unknown == INCLUDE
    return json.dumps({"$schema": DIALECT, **described, "additionalProperties": is_open})


def _add_default(shown: dict[str, Any], name: str, field: fields.Field[Any]) -> None:
    """Put in a default that is made by a function, which apispec leaves out, and make every one JSON."""
    shown.pop("default", None)
    if field.required:
        return
    try:
        default = field.load_default() if callable(field.load_default) else field.load_default
        serialised = field.serialize(name, {name: default})
        json.dumps(serialised)
    except (TypeError, ValueError, AttributeError):
        return  # marshmallow.missing, or a default that has no JSON form
    shown["default"] = serialised


def _mend_range(shown: dict[str, Any], field: fields.Field[Any]) -> None:
    """Say that a bound is exclusive: apispec calls every bound inclusive."""
    for rule in field.validators:
        if isinstance(rule, validate.Range):
            for end, is_inclusive in (("minimum", rule.min_inclusive), ("maximum", rule.max_inclusive)):
                if not is_inclusive and end in shown:
                    shown[f"exclusive{end.capitalize()}"] = shown.pop(end)
