"""Ask an OpenAI-compatible endpoint for a filter, when one is configured and the rules have a question.

It is told the sentence, the names and types of the columns and the schema of a filter: never a row, and it never
answers with SQL. What it proposes is checked like any filter, said in our own words, and offered as one choice
among others; a person picks it or does not.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from service.kinds.shipping.filters import OPS, OPS_BY_TYPE, compile_filter
from service.kinds.shipping.mapping import Field
from service.kinds.shipping.sentence.reader import Choice
from service.kinds.shipping.sentence.vocabulary import SERVICES
from service.kinds.shipping.settings import ShippingSettings
from service.kinds.shipping.wording import explain
from service.model.errors import JobError

TIMEOUT_SECONDS: Final = 20
MAX_ANSWER_BYTES: Final = 256 * 1024
_INSTRUCTION: Final = (
    "You turn one sentence about shipping orders into a filter. Answer with one JSON object that fits the schema and "
    "nothing else. Use only the given fields and operators. Never widen: every word of the sentence has to be in the "
    'filter or the service. If a word has no place there, answer {"filter": null, "service": null}.'
)


def filter_schema(fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a filter and a service over these fields."""
    leaf = {
        "type": "object",
        "properties": {"field": {"enum": sorted(fields)}, "op": {"enum": list(OPS)}, "value": {}},
        "required": ["field", "op"],
        "additionalProperties": False,
    }
    node = {"$ref": "#/$defs/node"}
    some = {"type": "array", "items": node, "minItems": 1}
    trees = [
        {"type": "object", "properties": {name: inner}, "required": [name], "additionalProperties": False}
        for name, inner in (("all", {"type": "array", "items": node}), ("any", some), ("not", node))
    ]
    return {
        "type": "object",
        "properties": {"filter": {"anyOf": [node, {"type": "null"}]}, "service": {"enum": [*SERVICES, None]}},
        "required": ["filter", "service"],
        "additionalProperties": False,
        "$defs": {"node": {"anyOf": [leaf, *trees]}},
    }


def propose(sentence: str, fields: Mapping[str, Field], settings: ShippingSettings) -> Choice | None:
    """Return the endpoint's proposal as a choice; None when there is no endpoint, no answer, or no good one."""
    if not (settings.endpoint_url and settings.endpoint_model):
        return None
    answer = _asked(sentence, fields, settings)
    if not isinstance(answer, dict) or answer.get("filter") is None:
        return None
    node, service = answer["filter"], answer.get("service")
    if service is not None and service not in SERVICES:
        return None
    try:
        compile_filter(node, fields)
    except JobError:
        return None
    said = explain(node, service, fields)
    return Choice(f"Proposed by {settings.endpoint_model}: {said}", filter=node, service=service)


def _asked(sentence: str, fields: Mapping[str, Field], settings: ShippingSettings) -> Any:
    import requests

    url = f"{(settings.endpoint_url or '').rstrip('/')}/chat/completions"
    if urlsplit(url).scheme not in {"http", "https"}:
        return None
    key = settings.endpoint_key
    try:
        with requests.post(
            url,
            json=_request(sentence, fields, settings.endpoint_model or ""),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=TIMEOUT_SECONDS,
            stream=True,
            allow_redirects=False,
        ) as response:
            response.raise_for_status()
            content = response.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
        if len(content) > MAX_ANSWER_BYTES:
            return None
        return json.loads(json.loads(content)["choices"][0]["message"]["content"])
    except (requests.RequestException, ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None  # a proposal that does not come leaves the question as it is


def _request(sentence: str, fields: Mapping[str, Field], model: str) -> dict[str, Any]:
    columns = [
        {
            "field": field.name,
            "label": field.label,
            "type": field.type,
            "ops": sorted(OPS_BY_TYPE[field.type]),
        }
        for field in fields.values()
    ]
    schema = filter_schema(fields)
    told = {"sentence": sentence, "fields": columns, "services": list(SERVICES), "schema": schema}
    return {
        "model": model,
        "temperature": 0,
        "messages": [
            {"role": "system", "content": _INSTRUCTION},
            {"role": "user", "content": json.dumps(told, ensure_ascii=False)},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": "filter", "schema": schema}},
    }
