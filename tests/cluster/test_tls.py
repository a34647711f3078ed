"""Certificates: the cluster's and ours."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from k8s_watch.cluster import transport
from k8s_watch.cluster.connect import ConnectOptions, connect
from k8s_watch.model.ports import Unreachable


@dataclass
class Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def issue(name: str, by: Pair | None, alternatives: list[x509.GeneralName], strict: bool) -> Pair:
    """A certificate; without `strict` it lacks the key identifiers, as those of older clusters do."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if by is None:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"), False
        )
        rest = dict.fromkeys(("key_agreement", "encipher_only", "decipher_only"), False)
        builder = builder.add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage, **rest), critical=True
        )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    if strict:
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuer = (by.key if by else key).public_key()
        builder = builder.add_extension(own, critical=False).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False
        )
    return Pair(builder.sign(by.key if by else key, hashes.SHA256()), key)


class SafeServer:
    """An https server that knows its clients by their certificates."""

    def __init__(self, folder: Path, strict: bool, name: str = "") -> None:
        self.ca = issue("ca", None, [], strict)
        alternatives: list[x509.GeneralName] = [x509.DNSName(name)] if name else []
        alternatives += [] if name else [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        server = issue("server", self.ca, alternatives, strict)
        self.client = issue("jane", self.ca, [], strict)
        (folder / "s.pem").write_bytes(server.pem + server.key_pem)
        (folder / "ca.pem").write_bytes(self.ca.pem)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "s.pem")
        self.context.load_verify_locations(folder / "ca.pem")
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self.people: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        shown = request.transport.get_extra_info("peercert") or {}
        self.people.append(dict(x[0] for x in shown.get("subject", ())).get("commonName", ""))
        return web.json_response({})

    def options(self, folder: Path, user: dict[str, Any] | None = None, **cluster: Any) -> ConnectOptions:
        trust = {"certificate-authority-data": base64.b64encode(self.ca.pem).decode()}
        path = folder / "kubeconfig"
        path.write_text(
            json.dumps(
                {
                    "current-context": "x",
                    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                    "clusters": [{"name": "c", "cluster": {"server": self.url, **trust, **cluster}}],
                    "users": [{"name": "u", "user": user or {"token": "t"}}],
                }
            )
        )
        return ConnectOptions(str(path))


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Any]:
    runners: list[web.AppRunner] = []

    async def start(strict: bool = True, name: str = "") -> SafeServer:
        server = SafeServer(tmp_path, strict, name)
        app = web.Application()
        app.router.add_get("/{path:.*}", server.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server.context).start()
        server.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        return server

    yield start
    await asyncio.gather(*(runner.cleanup() for runner in runners))


@pytest.fixture
def _python_313(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stricter default, for every version."""
    real = ssl.create_default_context

    def strict(*args: Any, **more: Any) -> ssl.SSLContext:
        context = real(*args, **more)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(transport.ssl, "create_default_context", strict)


async def test_a_client_certificate_says_who_we_are(serve: Any, tmp_path: Path) -> None:
    server = await serve()
    user = {
        "client-certificate-data": base64.b64encode(server.client.pem).decode(),
        "client-key-data": base64.b64encode(server.client.key_pem).decode(),
    }
    cluster = await connect(server.options(tmp_path, user))
    await cluster.aclose()
    assert server.people == ["jane"]


async def test_a_client_certificate_may_stand_in_files_beside_the_kubeconfig(
    serve: Any, tmp_path: Path
) -> None:
    server = await serve()
    (tmp_path / "jane.pem").write_bytes(server.client.pem)
    (tmp_path / "jane.key").write_bytes(server.client.key_pem)
    cluster = await connect(
        server.options(tmp_path, {"client-certificate": "jane.pem", "client-key": "jane.key"})
    )
    await cluster.aclose()
    assert server.people == ["jane"]


async def test_an_unknown_authority_is_refused(serve: Any, tmp_path: Path) -> None:
    server = await serve()
    other = issue("another", None, [], True)
    trust = {"certificate-authority-data": base64.b64encode(other.pem).decode()}
    with pytest.raises(Unreachable, match="not trusted"):
        await connect(server.options(tmp_path, None, **trust))


async def test_verification_can_be_switched_off(serve: Any, tmp_path: Path) -> None:
    server = await serve()
    other = base64.b64encode(issue("another", None, [], True).pem).decode()
    options = server.options(
        tmp_path, None, **{"insecure-skip-tls-verify": True, "certificate-authority-data": other}
    )
    await (await connect(options)).aclose()


async def test_the_name_in_the_certificate_may_be_given(serve: Any, tmp_path: Path) -> None:
    server = await serve(name="kubernetes.example")
    with pytest.raises(Unreachable, match="not trusted"):
        await connect(server.options(tmp_path))
    options = server.options(tmp_path, None, **{"tls-server-name": "kubernetes.example"})
    await (await connect(options)).aclose()


@pytest.mark.usefixtures("_python_313")
async def test_a_certificate_without_key_identifiers_is_taken_and_said(serve: Any, tmp_path: Path) -> None:
    server = await serve(strict=False)
    cluster = await connect(server.options(tmp_path))
    await cluster.get("/healthz")
    await cluster.aclose()
    assert len(cluster.notes) == 1
    assert "stricter rules" in cluster.notes[0]


@pytest.mark.usefixtures("_python_313")
async def test_the_stricter_rules_are_never_a_reason_to_trust_a_stranger(serve: Any, tmp_path: Path) -> None:
    server = await serve(strict=False)
    stranger = {"certificate-authority-data": base64.b64encode(issue("ca", None, [], False).pem).decode()}
    with pytest.raises(Unreachable, match="not trusted"):
        await connect(server.options(tmp_path, None, **stranger))


@pytest.mark.usefixtures("_python_313")
async def test_a_proper_certificate_is_checked_by_the_stricter_rules(serve: Any, tmp_path: Path) -> None:
    cluster = await connect((await serve()).options(tmp_path))
    await cluster.aclose()
    assert cluster.notes == []
    assert cluster.strict
