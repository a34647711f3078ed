"""May we? Asked from the cluster itself; a check that fails means no."""

from __future__ import annotations

import logging

import msgspec

from ..model.ports import WatchError
from .connect import Cluster
from .failures import Answer

log = logging.getLogger(__name__)

_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class _Verdict(msgspec.Struct):
    allowed: bool = False


class _Review(msgspec.Struct):
    status: _Verdict | None = None


_decoder = msgspec.json.Decoder(_Review)


async def can(
    cluster: Cluster,
    verb: str,
    resource: str,
    subresource: str = "",
    namespace: str = "",
    name: str = "",
    group: str = "",
) -> bool:
    """Whether we may `verb` it (SelfSubjectAccessReview); `namespace` "" means the cluster's own one."""
    attributes = {
        "verb": verb,
        "resource": resource,
        "subresource": subresource,
        "namespace": namespace or cluster.namespace,
        "name": name,
        "group": group,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    try:
        body = await cluster.request("POST", _REVIEW, review, timeout=3.0)
        verdict = _decoder.decode(body).status
    except (WatchError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("the access review of %s %s failed, so it counts as no: %s", verb, resource, error)
        return False
    return verdict is not None and verdict.allowed


async def not_served(cluster: Cluster, path: str) -> bool:
    """Whether the API group of a collection's path is missing: its page may be read by everyone."""
    try:
        await cluster.get(path.partition("/namespaces/")[0], within=3.0)
    except Answer as error:
        return error.status == 404
    except WatchError:
        return False
    return False
