"""Stripe's own description of its API as a judge of requests and answers.

The description is that of 2026-05-27; what the version in use changed since lies over it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

from tests.peers.stripe_install import DESCRIPTION

VERSION = "2026-10-28.endive"
_FORM = "application/x-www-form-urlencoded"
_CHANGED = ("checkout.session", "payment_intent", "setup_intent")
_GONE = "payment_method_types"
_TYPES = {"type": "array", "items": {"type": "string"}}


class Broken(AssertionError):
    """A request or an answer that Stripe's description does not know."""


def check_request(method: str, path: str, query: str, body: str) -> None:
    """Refuse a request that Stripe would not take; unknown parameters are refused too."""
    operation = _operation(method, path)
    if body:
        content = operation["requestBody"]["content"][_FORM]["schema"]
        _judge(f"{method} {path}", _closed(content), _nested(body))
    asked = {each["name"]: each for each in operation.get("parameters", [])}
    in_query = {name: each["schema"] for name, each in asked.items() if each["in"] == "query"}
    schema = {"type": "object", "properties": in_query, "additionalProperties": False}
    _judge(f"{method} {path}?", _closed(schema), _nested(query))


def check_answer(method: str, path: str, status: int, answer: Any) -> None:
    """Refuse an answer that Stripe would not give."""
    responses = _operation(method, path)["responses"]
    told = responses.get(str(status), responses["default"])
    schema = told["content"]["application/json"]["schema"]
    _validate(f"{status} of {method} {path}", schema, answer)


def parameters_of(body: str) -> Any:
    """A form body as the nested values that were meant, without types."""
    return _nested(body)


def typed(method: str, path: str, body: str) -> Any:
    """A form body as nested values of the types that Stripe reads them as."""
    schema = _operation(method, path)["requestBody"]["content"][_FORM]["schema"]
    return _coerced(schema, _nested(body))


def _judge(what: str, schema: Mapping[str, Any], value: Any) -> None:
    _validate(what, schema, _coerced(schema, value))


def _validate(what: str, schema: Mapping[str, Any], value: Any) -> None:
    judge = Draft202012Validator({**schema, "components": _description()["components"]})
    errors = [f"{error.json_path}: {error.message[:300]}" for error in judge.iter_errors(value)]
    if errors:
        raise Broken(f"{what}: " + "; ".join(errors))


@cache
def _description() -> Any:
    if not DESCRIPTION.exists():
        raise RuntimeError("Stripe's API is not described: run tests/peers/stripe_install.py.")
    found = _readable(json.loads(DESCRIPTION.read_text()))
    for name in _CHANGED:
        schema = found["components"]["schemas"][name]
        schema["required"] = [each for each in schema["required"] if each != _GONE]
        _change(schema["properties"])
    for path in ("/v1/checkout/sessions", "/v1/payment_intents", "/v1/setup_intents"):
        body = found["paths"][path]["post"]["requestBody"]["content"][_FORM]
        _change(body["schema"]["properties"])
    return found


def _change(properties: dict[str, Any]) -> None:
    """What endive took away, and what it gave instead."""
    properties.pop(_GONE, None)
    properties["allowed_payment_method_types"] = _TYPES


def _readable(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` is another type."""
    if isinstance(node, list):
        return [_readable(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _readable(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is not True:
        return made
    return {"anyOf": [made, {"type": "null"}]}


@cache
def _operation(method: str, path: str) -> Any:
    for pattern, operations in _paths():
        if pattern.fullmatch(path) and method.lower() in operations:
            return operations[method.lower()]
    raise Broken(f"Stripe has no {method} {path}")


@cache
def _paths() -> list[tuple[re.Pattern[str], Any]]:
    return [
        (re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))), operations)
        for template, operations in _description()["paths"].items()
    ]


def _closed(node: Any) -> Any:
    """The same schema, in which an object has no properties but those that are named."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def _nested(form: str) -> Any:
    """`a[b][0]=c` as {"a": {"b": {"0": "c"}}}."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        *path, last = re.findall(r"[^\[\]]+", name)
        at = tree
        for key in path:
            at = at.setdefault(key, {})
        at[last] = value
    return tree


def _coerced(schema: Any, value: Any) -> Any:
    """Texts of a form as the values that a schema asks for; what does not fit stays a text."""
    for variant in schema.get("anyOf", ()):
        tried = _coerced(variant, value)
        if Draft202012Validator(variant).is_valid(tried):
            return tried
    kind = schema.get("type")
    if isinstance(value, dict):
        return _coerced_tree(schema, value)
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def _coerced_tree(schema: Any, value: dict[str, Any]) -> Any:
    if schema.get("type") == "array":
        return [_coerced(schema["items"], value[key]) for key in sorted(value, key=int)]
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    rest = others if isinstance(others, dict) else {}
    return {key: _coerced(known.get(key, rest), each) for key, each in value.items()}
