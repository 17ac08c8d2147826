"""The program under test: in this process for most questions, in its own for the hard ones."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from store_app.__main__ import main

PLANS = """
[[plan]]
sku = "ES-5GB-30D"
kind = "prepaid"
name = "Spain 5 GB"
operator = "Telefonica"
countries = ["ES"]
currency = "EUR"
price = "12.50"
data_mb = 5000
validity_days = 30
[[plan.refill]]
id = "1GB"
data_mb = 1000
price = "4.00"

[[plan]]
sku = "FR-1GB-7D"
kind = "prepaid"
operator = "Orange"
countries = ["FR"]
currency = "EUR"
price = "4.00"
data_mb = 1000
validity_days = 7
"""
SPAIN = "ES-5GB-30D"


@dataclass(frozen=True, slots=True)
class Said:
    """What one run of the program came to."""

    exit_code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def refusal(self) -> str:
        """The code of the error in the document."""
        return str(self.document["error"]["code"])


@dataclass(frozen=True, slots=True)
class Shop:
    """A store in a file, and the program to work it with."""

    path: Path

    def run(self, *words: str) -> Said:
        """Run the program in this process."""
        return run("--store", str(self.path), *words)

    def ask(self, *words: str) -> dict[str, Any]:
        """The document of a command that must succeed."""
        said = self.run("--json", *words)
        assert said.exit_code == 0, said
        return said.document

    def refused(self, *words: str) -> str:
        """The code with which a command is refused, exit code 1."""
        said = self.run("--json", *words)
        assert said.exit_code == 1, said
        return said.refusal

    def start(self, *words: str, stdin: IO[str] | None = None) -> subprocess.Popen[str]:
        """Start the real program in a process of its own."""
        return start("--store", str(self.path), *words, stdin=stdin)


def run(*words: str) -> Said:
    """Run the program in this process, with its output caught."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        exit_code = main(words)
    return Said(exit_code, out.getvalue(), err.getvalue())


def start(*words: str, stdin: IO[str] | None = None, **environ: str) -> subprocess.Popen[str]:
    """Start the real program in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "store_app", *words],
        env=os.environ | environ,
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(process: subprocess.Popen[str]) -> Said:
    """Wait for a process and take what it said."""
    out, err = process.communicate(timeout=120)
    return Said(process.returncode, out, err)


def stock_lines(count: int, first: int = 0) -> str:
    """A stock file of so many profiles, all with good numbers."""
    from stdnum import luhn

    lines = ["iccid,smdp_address,matching_id"]
    for number in range(first, first + count):
        body = f"893407{number:012d}"
        lines.append(f"{body}{luhn.calc_check_digit(body)},smdp.example.com,K2-{number:08d}-91ZQ")
    return "\n".join(lines) + "\n"
