"""From a request to its answer: who asks, what for, and which room knows."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from . import (
    births,
    calls,
    deleting,
    discovery,
    event_forms,
    forms,
    forwarding,
    metrics_api,
    reading,
    reviews,
    subresources,
    watching,
    writing,
)
from .api import Api
from .calls import Call, not_allowed
from .errors import ApiError, Json, unauthorized
from .forms import JSON, Writer
from .store import Entry

_log = logging.getLogger(__name__)
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_WRITES = {"create": writing.create, "update": writing.update, "patch": writing.patch}


@dataclass(slots=True)
class Answering:
    """Answers every request of the API server."""

    api: Api
    node: forwarding.Node
    authority: str = ""  # the CA's certificate, for the ConfigMap of each namespace

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to one request; errors become Status objects."""
        try:
            if not self._known(request.headers.get("Authorization", "")):
                raise unauthorized()
            return await self._route(request)
        except calls.NoSuchPath:
            return web.Response(status=404, body=b"404 page not found\n", headers=_PLAIN)
        except ApiError as error:
            return _json(error.status(), error.code)
        except web.HTTPRequestEntityTooLarge:
            return _json(ApiError(413, "RequestEntityTooLarge", "limit is 3145728").status(), 413)
        except ConnectionError:
            raise  # the client went away
        except Exception:  # noqa: BLE001  one bad request must not end the lab: logged, and answered with 500
            _log.exception("%s %s", request.method, request.path_qs)
            message = "Internal error occurred: the lab's API server failed; its log has more"
            return _json(ApiError(500, "InternalError", message, {}).status(), 500)

    def _known(self, header: str) -> bool:
        wanted = f"Bearer {self.api.box.token}".encode()
        return hmac.compare_digest(header.encode(errors="replace"), wanted)

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if request.method in {"GET", "HEAD"}:
            told = self._told(path, request)
            if told is not None:
                return told
        call = calls.read(request.method, path, request.rel_url.raw_query_string)
        headers = request.headers
        call = replace(
            call,
            content_type=headers.get("Content-Type", ""),
            accept=headers.get("Accept", ""),
            agent=headers.get("User-Agent", "").split("/")[0],
            body=await request.read() if request.can_read_body else b"",
            impersonated=_impersonated(headers),
        )
        if call.impersonated and call.resource.group != "authorization.k8s.io":
            raise not_allowed(call)
        return await self._answer(request, call)

    def _told(self, path: str, request: web.BaseRequest) -> web.Response | None:
        """Discovery and health."""
        accept = request.headers.get("Accept", "")
        trimmed = path.strip("/")
        if trimmed in {"healthz", "livez", "readyz"}:
            return web.Response(body=b"ok", headers=_PLAIN)
        if trimmed == "version":
            return _json(discovery.version())
        if trimmed in {"api", "apis"}:
            return self._groups(trimmed == "api", accept)
        if trimmed == "openapi/v2":
            if "proto-openapi" in accept:  # kubectl asks for it where v3 has no such kind: here nobody has
                return web.Response(
                    body=discovery.NO_OPENAPI, headers={"Content-Type": discovery.PROTO_OPENAPI}
                )
            form = forms.choose(accept)
            return web.Response(body=discovery.openapi_v2(), headers={"Content-Type": form.media})
        if trimmed == "openapi/v3":
            return _json(discovery.openapi_index())
        if trimmed.startswith("openapi/v3/"):
            found = discovery.openapi_v3(trimmed.removeprefix("openapi/v3/"))
            if found is None:
                raise calls.NoSuchPath
            return web.Response(body=found, headers={"Content-Type": JSON})
        return self._plain_discovery(trimmed.split("/"))

    def _groups(self, core: bool, accept: str) -> web.Response:
        version = discovery.accepts_aggregated(accept)
        if version:
            media = discovery.AGGREGATED.format(version=version)
            body = forms.encode(discovery.aggregated(version, core))
            return web.Response(body=body, headers={"Content-Type": media, "Vary": "Accept"})
        address = f"127.0.0.1:{self.api.box.api_port}"
        return _json(discovery.core_versions(address) if core else discovery.group_list())

    def _plain_discovery(self, parts: list[str]) -> web.Response | None:
        found: Json | None = None
        if parts[0] == "api" and len(parts) == 2:
            found = discovery.resource_list("", parts[1])
        elif parts[0] == "apis" and len(parts) == 2:
            found = discovery.group(parts[1])
        elif parts[0] == "apis" and len(parts) == 3:
            found = discovery.resource_list(parts[1], parts[2])
        return _json(found) if found is not None else None

    async def _answer(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        if call.sub is not None and call.sub.name in {"log", "exec"}:
            ask = forwarding.log if call.sub.name == "log" else forwarding.execute
            return await ask(self.api, self.node, request, call)
        form = forms.choose(call.accept, call.query.get("includeObject", ""))
        convert = event_forms.newer if call.resource.group == "events.k8s.io" else None
        writer = Writer(call.resource, form, convert)
        if call.resource.group == "metrics.k8s.io":
            return _body(await metrics_api.answer(self.api, self.node, call, writer), writer)
        if call.resource.group == "authorization.k8s.io":
            return _json(reviews.review(call), 201)
        if call.verb == "watch":
            return await watching.watch(self.api, request, call, writer)
        if call.verb in {"get", "list"}:
            return self._read(call, writer)
        return self._write(call, writer)

    def _read(self, call: Call, writer: Writer) -> web.Response:
        now = self.api.clock()
        if call.verb == "list":
            page = reading.listing(self.api.store, call, self.api.pages)
            return _body(writer.many(page.entries, page.meta, now), writer)
        if call.sub is not None and call.sub.name == "scale":
            return _json(subresources.scale(self.api, call))
        return _body(writer.one(reading.get(self.api.store, call), now), writer)

    def _write(self, call: Call, writer: Writer) -> web.Response:
        small = self._small(call)
        if small is not None:
            return small
        if call.verb == "delete":
            return self._deleted(deleting.delete(self.api, call), call, writer)
        if call.verb == "deletecollection":
            entries = deleting.collection(self.api, call, reading.matching(self.api.store, call))
            meta = {"resourceVersion": str(self.api.store.version)}
            return _body(writer.many(entries, meta, self.api.clock()), writer)
        written = _WRITES[call.verb](self.api, call)
        if written.created and call.resource.kind == "Namespace" and not call.dry:
            births.furnish(self.api, written.entry.key[1], self.authority)
        answer = _body(writer.one(written.entry, self.api.clock()), writer, 201 if written.created else 200)
        for warning in written.warnings:
            escaped = warning.replace("\\", "\\\\").replace('"', '\\"')
            answer.headers.add("Warning", f'299 - "{escaped}"')
        return answer

    def _small(self, call: Call) -> web.Response | None:
        """Writes whose answer is not the object."""
        name = call.sub.name if call.sub is not None else ""
        if name == "scale":
            return _json(subresources.scale(self.api, call))
        if name == "binding" or call.resource.kind == "Binding":
            return _json(subresources.bind(self.api, call), 201)
        if name == "eviction":
            return _json(subresources.evict(self.api, call), 201)
        return None

    def _deleted(self, done: deleting.Deleted, call: Call, writer: Writer) -> web.Response:
        if not done.gone or call.resource.kind in {"Pod", "Service"}:
            return _body(writer.one(done.entry, self.api.clock()), writer)
        return _json({**subresources.SUCCESS, "details": _details(call, done.entry)})


def _impersonated(headers: Mapping[str, str]) -> str:
    """Whom --as names: nobody but the lab's own user, an administrator, may do anything (there are no roles)."""
    return "" if headers.get("Impersonate-Group") == "system:masters" else headers.get("Impersonate-User", "")


def _details(call: Call, entry: Entry) -> Json:
    details: Json = {"name": call.name}
    if call.resource.group:
        details["group"] = call.resource.group
    return {**details, "kind": call.resource.plural, "uid": entry.uid}


def _json(value: Json, status: int = 200) -> web.Response:
    return web.Response(body=forms.encode(value), status=status, headers={"Content-Type": JSON})


def _body(data: bytes, writer: Writer, status: int = 200) -> web.Response:
    headers = {"Content-Type": writer.form.content_type, "Cache-Control": "no-cache, private"}
    return web.Response(body=data, status=status, headers=headers)
