"""The lab's papers: a CA and a certificate for loopback, a token, a kubeconfig, each readable by this user only."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = datetime.timedelta(days=30)  # a lab that runs longer than this is no lab


def write_private(path: Path, content: bytes) -> None:
    """Write a file with mode 600."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)


def certificates(home: Path) -> None:
    """Write ca.crt, tls.crt and tls.key: EC P-256, for 127.0.0.1 and localhost. The CA's key is forgotten at once."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _name("k8s-watch lab CA")
    skid = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    akid = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(skid)
    ca = (
        _builder(authority, authority, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(skid, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    # Python 3.13 verifies strictly: without the key identifiers and usages it refuses the certificate
    server = (
        _builder(_name("k8s-watch lab"), authority, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(akid, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    write_private(home / "ca.crt", ca.public_bytes(pem))
    write_private(home / "tls.crt", server.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(home / "tls.key", private)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + _LIFE)
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def kubeconfig(home: Path, port: int, token: str) -> Path:
    """Write the kubeconfig: context, cluster and user are called `lab`."""
    authority = base64.b64encode((home / "ca.crt").read_bytes()).decode()
    text = f"""apiVersion: v1
kind: Config
current-context: lab
clusters:
- name: lab
  cluster:
    server: https://127.0.0.1:{port}
    certificate-authority-data: {authority}
contexts:
- name: lab
  context:
    cluster: lab
    user: lab
    namespace: default
users:
- name: lab
  user:
    token: {token}
"""
    path = home / "kubeconfig"
    write_private(path, text.encode())
    return path
