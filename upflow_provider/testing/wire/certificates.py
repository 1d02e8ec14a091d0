"""Certificates for servers on this machine: Salesforce is spoken to over TLS only, and so is its fake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

NAMES = ("localhost", "127.0.0.1", "::1")
"""What the server may be called."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """
    Files of certificates, all PEM.

    Attributes:
        authority: Who vouches for the server; its key was thrown away, so that it vouches for nobody else.
        certificate: The server's certificate.
        key: The server's private key.
        bundle: The authority, and those that everybody trusts: what ``REQUESTS_CA_BUNDLE`` takes.
    """

    authority: Path
    certificate: Path
    key: Path
    bundle: Path

    @classmethod
    def of(cls, folder: Path) -> Certificates:
        """
        Return the certificates in a folder, which are made if there are none.

        Raises:
            OSError: The folder cannot be written to.
        """
        files = cls(*(folder / f"{name}.pem" for name in ("authority", "certificate", "key", "bundle")))
        if not files.bundle.exists():
            folder.mkdir(exist_ok=True)
            files._make()
        return files

    @property
    def server(self) -> tuple[str, str]:
        """Paths of certificate and key, as `upflow_provider.testing.serve` takes them."""
        return str(self.certificate), str(self.key)

    def _make(self) -> None:
        authority = trustme.CA(organization_name="Fakes of upflow-provider, on this machine only")
        issued = authority.issue_cert(*NAMES)
        authority.cert_pem.write_to_path(str(self.authority))
        issued.cert_chain_pems[0].write_to_path(str(self.certificate))
        self.key.touch(mode=0o600)
        issued.private_key_pem.write_to_path(str(self.key))
        self.bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())
