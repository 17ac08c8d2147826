"""Certificates for the tests of one run, from an authority that is thrown away with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Authority:
    """A certificate authority that is thrown away with the test, and files of its making."""

    folder: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    def trust_file(self, name: str = "ca") -> Path:
        """The authority's own certificate."""
        path = self.folder / f"{name}.pem"
        self.ca.cert_pem.write_to_path(str(path))
        return path

    def issued(self, identity: str, name: str, *, expired: bool = False) -> tuple[Path, Path]:
        """A certificate and its private key for an identity."""
        end = datetime.now(UTC) - timedelta(days=1) if expired else None
        leaf = self.ca.issue_cert(identity, not_after=end)
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        for number, pem in enumerate(leaf.cert_chain_pems):
            pem.write_to_path(str(cert), append=number > 0)
        leaf.private_key_pem.write_to_path(str(key))
        key.chmod(0o600)
        return cert, key
