"""The API's Status errors, in Kubernetes' words: kubectl prints them as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .kinds import Resource

Json = dict[str, Any]
"""A decoded JSON object: what is in it is known only at run time."""


class ApiError(Exception):
    """A request that ends in a Status. `warning`-free: what went wrong is all that it says."""

    def __init__(self, code: int, reason: str, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def status(self) -> Json:
        """The Status object."""
        body: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


@dataclass(frozen=True, slots=True)
class Cause:
    """One field that is wrong."""

    reason: str  # FieldValueRequired, FieldValueInvalid, FieldValueForbidden, FieldValueNotSupported, ...
    message: str  # 'Invalid value: "x": must be ...'
    field: str


def required(field: str, why: str = "") -> Cause:
    """A field that must be there."""
    return Cause("FieldValueRequired", f"Required value: {why}" if why else "Required value", field)


def invalid(field: str, value: object, why: str) -> Cause:
    """A field whose value can't be."""
    return Cause("FieldValueInvalid", f"Invalid value: {quoted(value)}: {why}", field)


def forbidden(field: str, why: str) -> Cause:
    """A field that may not be set, or not changed."""
    return Cause("FieldValueForbidden", f"Forbidden: {why}", field)


def unsupported(field: str, value: object, choices: Sequence[str]) -> Cause:
    """A field whose value is none of the choices."""
    listed = ", ".join(f'"{one}"' for one in choices)
    return Cause(
        "FieldValueNotSupported", f"Unsupported value: {quoted(value)}: supported values: {listed}", field
    )


def quoted(value: object) -> str:
    """A value as Go prints it in errors."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, int | float):
        return str(value)
    import msgspec

    return msgspec.json.encode(value).decode()


def not_found(resource: Resource, name: str) -> ApiError:
    """No object of that name."""
    return ApiError(404, "NotFound", f'{resource.qualified} "{name}" not found', _of(resource, name))


def exists(resource: Resource, name: str) -> ApiError:
    """The name is taken."""
    message = f'{resource.qualified} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, _of(resource, name))


def conflict(
    resource: Resource,
    name: str,
    why: str = "the object has been modified; please apply your changes to the latest version and try again",
) -> ApiError:
    """A stale update, or a precondition that does not hold."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return ApiError(409, "Conflict", message, _of(resource, name))


def denied(resource: Resource, name: str, why: str) -> ApiError:
    """The object, or its namespace, does not allow it."""
    named = f'{resource.qualified} "{name}"' if name else resource.qualified
    message = f"{named} is forbidden: {why}"
    return ApiError(403, "Forbidden", message, _of(resource, name))


def unprocessable(kind: str, group: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """Fields are wrong; kubectl prints each cause."""
    listed = [f"{one.field}: {one.message}" for one in causes]
    words = listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"
    kind_words = f"{kind}.{group}" if group else kind
    details: Json = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    if kind:
        details["kind"] = kind
    details["causes"] = [{"reason": c.reason, "message": c.message, "field": c.field} for c in causes]
    return ApiError(422, "Invalid", f'{kind_words} "{name}" is invalid: {words}', details)


def options(kind: str, cause: Cause) -> ApiError:
    """A query parameter is wrong."""
    return unprocessable(kind, "meta.k8s.io", "", [cause])


def bad_request(message: str) -> ApiError:
    """The request can't be read."""
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    """No token, or another one."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def no_such_resource() -> ApiError:
    """A served group version, but not that plural."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> ApiError:
    """The resource has no such verb."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, {})


def not_acceptable() -> ApiError:
    """The client takes none of the forms that the lab speaks."""
    message = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml"
    return ApiError(406, "NotAcceptable", message, {})


def unsupported_media(accepted: str) -> ApiError:
    """The body is in a form that the lab does not read."""
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return ApiError(415, "UnsupportedMediaType", message)


def rejected_patch() -> ApiError:
    """A JSON patch that does not apply: kubectl adds nothing to these words, as on a real cluster."""
    message = "the server rejected our request due to an error in our request"
    return ApiError(422, "Invalid", message, {})


def expired(message: str) -> ApiError:
    """Past events, or a list, that are no longer known."""
    return ApiError(410, "Expired", message)


def too_large_version(asked: int, current: int) -> ApiError:
    """A version that is still to come."""
    details: Json = {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, details)


def _of(resource: Resource, name: str) -> Json:
    details: Json = {"name": name}
    if resource.group:
        details["group"] = resource.group
    details["kind"] = resource.plural
    return details
