"""The server's certificate, read again when its file changes.

Whoever renews certificates writes key and chain anew; connections that come after that get the new one,
and those that are open stay. A pair that does not fit is told in the log, and the old one stays in force.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc
import structlog

log = structlog.get_logger("acd_server")


class CertificateError(OSError):
    """Key and certificate cannot be used; the text says why."""


@dataclass
class _Pair:
    """Files of a certificate chain and its key, and what was read from them last."""

    cert_file: Path
    key_file: Path
    _seen: tuple[bytes, bytes] | None = None

    def read(self) -> grpc.ServerCertificateConfiguration | None:
        """None when nothing has changed. Raises CertificateError."""
        try:
            found = self.key_file.read_bytes(), self.cert_file.read_bytes()
        except OSError as error:
            raise CertificateError(f"{error.filename} cannot be read: {error.strerror}") from error
        if found == self._seen:
            return None
        self._seen = found
        _require_fit(self.cert_file, self.key_file)
        return grpc.ssl_server_certificate_configuration([found])


def _require_fit(cert_file: Path, key_file: Path) -> None:
    """gRPC itself would refuse every connection, without a word."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert_file, key_file)
    except ssl.SSLError as error:
        raise CertificateError(f"{cert_file} and {key_file} are no certificate and its key: {error.reason}") from error


def server_credentials(cert_file: str, key_file: str) -> grpc.ServerCredentials:
    """Raises CertificateError when what is there now cannot be used."""
    pair = _Pair(Path(cert_file), Path(key_file))
    first = pair.read()
    assert first is not None

    def again() -> grpc.ServerCertificateConfiguration | None:
        """Asked by gRPC at each connection."""
        try:
            found = pair.read()
        except CertificateError as error:
            log.error("certificate_not_taken", fault=str(error))  # noqa: TRY400 - the text has it all
            return None
        if found is not None:
            log.info("certificate_changed", file=cert_file)
        return found

    return grpc.dynamic_ssl_server_credentials(first, again)  # type: ignore[arg-type]  # None: as before
