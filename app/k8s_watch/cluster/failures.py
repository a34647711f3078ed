"""What an API server's no means: HTTP answers and broken connections, as the errors that users read."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import msgspec

from ..model.ports import Forbidden, Unauthorised, Unreachable, WatchError
from ..model.words import _
from ..wire.clean import clean

STRICT_CODES = range(80, 94)
"""OpenSSL's verify codes that only X509_V_FLAG_X509_STRICT raises (x509_vfy.h, "strict checks")."""


class Answer(WatchError):
    """The API server answered with an error that has no class of its own: 404, 409, 410, 429, 5xx."""

    def __init__(
        self, sentence: str, status: int, reason: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status  # HTTP
        self.reason = reason  # Status.reason: NotFound, Expired, Conflict, ...
        self.retry_after = retry_after  # seconds


class _Status(msgspec.Struct):
    message: str | None = None
    reason: str | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a Status body says."""

    message: str = ""
    reason: str = ""
    code: int = 0


_decoder = msgspec.json.Decoder(_Status)


def told(body: bytes) -> Told:
    """A Status body's message and reason; a proxy's HTML or broken JSON gives nothing."""
    try:
        status = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Told()
    return Told(clean(status.message or "", 400), clean(status.reason or "", 60), status.code or 0)


def refusal(status: int, body: bytes, headers: Mapping[str, str]) -> WatchError:
    """The error that an HTTP answer of 400 or more stands for."""
    said = told(body)
    if status == 401:
        why = said.message or _("no reason given")
        words = _("The API server does not accept these credentials ({why}): log in again if they expired.")
        return Unauthorised(words.format(why=why))
    if status == 403:
        return Forbidden(said.message or _("The API server forbids this (403)."))
    sentence = said.message or _("The API server answered {status}.").format(status=status)
    return Answer(sentence, status, said.reason, _seconds(headers.get("Retry-After", "")))


def _seconds(text: str) -> float | None:
    """A Retry-After in seconds, at most 60; its date form is not used by Kubernetes."""
    return min(60.0, float(text)) if text.isascii() and text.isdigit() and len(text) < 8 else None


def in_words(error: BaseException) -> str:
    """A failed request in a few words: "connection refused", "no answer within 5 s"."""
    match error:
        case Unreachable() | Answer() | WatchError():
            return str(error)
        case aiohttp.ClientConnectorCertificateError():
            return certificate_words(error)
        case TimeoutError():
            return _("no answer")
        case aiohttp.ClientConnectorDNSError():
            return _("its name {host} can't be resolved").format(host=error.host)
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionResetError():
            return _("the connection broke")
        case OSError():
            return _system_words(error)
        case _:
            return clean(str(error), 200) or type(error).__name__


def certificate_words(error: aiohttp.ClientConnectorCertificateError) -> str:
    """Why its certificate is not trusted."""
    cause = error.certificate_error
    why = getattr(cause, "verify_message", "") or str(cause)
    return _("its certificate is not trusted: {why}").format(why=clean(why, 200))


def _system_words(error: OSError) -> str:
    inner = getattr(error, "os_error", None) or error
    if isinstance(inner, ConnectionRefusedError):
        return _("connection refused")
    if isinstance(inner, ConnectionResetError):
        return _("the connection broke")
    if isinstance(inner, ssl.SSLError):
        return _("TLS failed: {why}").format(why=clean(inner.reason or str(inner), 200))
    return clean(inner.strerror or str(inner), 200)


def is_strict_only(error: BaseException) -> bool:
    """Whether a certificate fails only Python 3.13's stricter rules (no key identifiers, ...)."""
    if not isinstance(error, aiohttp.ClientConnectorCertificateError):
        return False
    cause = error.certificate_error
    return isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in STRICT_CODES
