"""Certificates are always checked, and nothing is sent before they hold."""

import datetime as dt
import socket
import ssl
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from smartplan.errors import AnswerLost, Unreachable
from tests.loopback import http

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """Issues server certificates that chain to ``file``."""

    def __init__(self, folder):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name.from_rfc4514_string("CN=test authority")
        usage = x509.KeyUsage(*[False] * 5, key_cert_sign=True, crl_sign=True,
                              encipher_only=False, decipher_only=False)  # fmt: skip
        builder = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )

    def _builder(self, subject, key, first=NOW - 2 * DAY, last=NOW + DAY):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(last)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )

    def server(self, *, address="127.0.0.1", last=NOW + DAY) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        certificate = (
            self._builder(x509.Name([]), key, last=last)
            .add_extension(names, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        chain = self._folder / "server.pem"
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def test_a_certificate_of_a_trusted_authority_holds(serve, connect, authority):
    server = serve(http(200, {"valid": True}), tls=authority.server())
    transport = connect(server, ca_file=authority.file)
    assert transport.request("GET", "/ver1/validate") == {"valid": True}


def test_an_unknown_authority_is_refused(serve, connect, authority):
    server = serve(http(200, {}), tls=authority.server())
    with pytest.raises(
        Unreachable, match=r"certificate of 127\.0\.0\.1\S+ does not hold"
    ) as caught:
        connect(server).request("GET", "/ver1/validate")
    assert caught.value.hint.startswith("Nothing was sent")
    assert server.requests == []


def test_an_expired_certificate_is_refused(serve, connect, authority):
    server = serve(http(200, {}), tls=authority.server(last=NOW - DAY))
    with pytest.raises(Unreachable, match="expired"):
        connect(server, ca_file=authority.file).request("GET", "/ver1/validate")
    assert server.requests == []


def test_a_certificate_for_another_host_is_refused(serve, connect, authority):
    server = serve(http(200, {}), tls=authority.server(address="127.0.0.2"))
    with pytest.raises(Unreachable, match=r"not valid for '127\.0\.0\.1'"):
        connect(server, ca_file=authority.file).request("GET", "/ver1/validate")
    assert server.requests == []


def test_a_refused_certificate_is_not_tried_again(serve, connect, authority):
    server = serve(http(200, {}), tls=authority.server())
    pauses = []
    with pytest.raises(Unreachable):
        connect(server, sleep=pauses.append).request("GET", "/ver1/validate")
    assert pauses == []


def test_the_environment_cannot_add_an_authority(serve, connect, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    server = serve(http(200, {}), tls=authority.server())
    with pytest.raises(Unreachable):
        connect(server).request("GET", "/ver1/validate")


def test_the_deadline_holds_over_tls(serve, connect, authority):
    server = serve(lambda connection: connection.recv(1), tls=authority.server())
    with pytest.raises(AnswerLost, match=r"within 1\.5 s"):
        connect(server, ca_file=authority.file, deadline=1.5).request("GET", "/ver1/validate")


def test_a_handshake_that_never_ends_meets_the_deadline(connect):
    """The system accepts the connection; nobody ever answers on it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/public/api"
        with pytest.raises(Unreachable, match="in time"):
            connect(url, deadline=0.3).request("GET", "/ver1/validate")
