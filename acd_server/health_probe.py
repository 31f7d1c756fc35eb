"""`python -m acd_server.health_probe HOST:PORT`: exits with 0 when what listens there is SERVING.

For the health checks of containers, every few seconds in each: it speaks the few bytes of HTTP/2 that one call to
`grpc.health.v1.Health/Check` takes, for importing gRPC costs half a second of processor time. Where
ACD_TLS_CERT_FILE is set the server speaks TLS, and so does this.
"""

import os
import socket
import sys
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS = 0x1, 0x4
NO_MESSAGE = bytes(5)
"""An empty message of gRPC: not compressed, of length 0."""
ANSWER = b"\0\0\0\0\x02\x08"
"""A message of two bytes: field 1, and then the status."""
SERVING = 1
PATIENCE_S = 2.0


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2 (RFC 9113, 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def text(value: bytes) -> bytes:
    """A string of HPACK (RFC 7541, 5.2), shorter than 127 bytes, not compressed."""
    return bytes([len(value)]) + value


def call() -> bytes:
    """A whole connection: preface, settings, and the call on stream 1."""
    headers = (
        bytes([0x83, 0x86])  # :method POST, :scheme http, from HPACK's table
        + b"\x04" + text(b"/grpc.health.v1.Health/Check")  # 4: :path
        + b"\x01" + text(b"probe")  # 1: :authority
        + b"\x0f\x10" + text(b"application/grpc")  # 15 + 16 = 31: content-type
        + b"\x00" + text(b"te") + text(b"trailers")
    )  # fmt: skip
    return (
        PREFACE
        + frame(SETTINGS, 0, 0)
        + frame(HEADERS, END_HEADERS, 1, headers)
        + frame(DATA, END_STREAM, 1, NO_MESSAGE)
    )


def serving(host: str, port: int, patience: float = PATIENCE_S, *, tls: bool = False) -> bool:
    """Whether it says SERVING within `patience` seconds. Raises OSError where nobody answers."""
    deadline = time.monotonic() + patience
    found = b""
    with _connected(host, port, patience, tls=tls) as connection:
        connection.sendall(call())
        while ANSWER not in found[:-1]:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            received = connection.recv(4096)
            if not received:
                return False
            found += received
    return found[found.index(ANSWER) + len(ANSWER)] == SERVING


def _connected(host: str, port: int, patience: float, *, tls: bool) -> socket.socket:
    connection = socket.create_connection((host, port), patience)
    if not tls:
        return connection
    import ssl  # noqa: PLC0415 - most servers are behind a balancer, without TLS

    # Whose certificate it is need not be judged: it is the server in this container.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(connection)


def main(address: str) -> int:
    host, _, port = address.rpartition(":")
    try:
        well = serving(host, int(port), tls=bool(os.environ.get("ACD_TLS_CERT_FILE")))
    except OSError as error:
        print(f"{address}: {error}", file=sys.stderr)
        return 1
    if not well:
        print(f"{address} is not SERVING", file=sys.stderr)
    return int(not well)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
