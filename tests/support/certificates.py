"""A certificate authority of a test's own, by openssl."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cells import IN_CI

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate and its key."""

    cert_file: Path
    key_file: Path

    def both(self) -> Path:
        """One file of the two, as HAProxy wants it."""
        path = self.cert_file.with_suffix(".both")
        path.write_text(self.cert_file.read_text() + self.key_file.read_text())
        return path


class Authority:
    """Vouches for what it issues. Skips the test where there is no openssl; in CI that is a failure."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self.own = self._files(name)
        self.ca_file = self.own.cert_file
        _openssl(
            *("req", "-x509", *KEY, "-days", "2", "-subj", f"/CN={name}"),
            *("-keyout", self.own.key_file, "-out", self.own.cert_file),
        )

    def _files(self, name: str) -> Certificate:
        return Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")

    def issue(self, name: str, *hosts: str) -> Certificate:
        """For addresses (`127.0.0.1`) and names (`localhost`); for servers and for clients."""
        made = self._files(name)
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        kinds = [f"{'IP' if host.replace('.', '').isdigit() else 'DNS'}:{host}" for host in hosts]
        extensions.write_text(f"subjectAltName={','.join(kinds)}\n")
        _openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", made.key_file, "-out", request)
        _openssl(
            *("x509", "-req", "-in", request, "-days", "2", "-extfile", extensions, "-out", made.cert_file),
            *("-CA", self.own.cert_file, "-CAkey", self.own.key_file, "-CAcreateserial"),
        )
        return made


def _openssl(*words: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        if IN_CI:
            raise AssertionError("there is no openssl; `make setup-system` installs it")
        pytest.skip("there is no openssl")
    subprocess.run([program, *words], check=True, capture_output=True)
