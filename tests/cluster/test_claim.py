"""A lab says that it is one; nobody else is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from k8s_watch.cluster import claim
from k8s_watch.cluster.claim import Claim, claimed

LAB = {"lab": True, "fast": True, "entry": "http://127.0.0.1:8080"}


def says(api: Any, tricks: dict[str, Any], body: object) -> None:
    api.tricks["list"].append(tricks["text"](200, body if isinstance(body, str) else json.dumps(body)))


async def test_a_lab_says_what_it_is(api: Any, cluster: Any, tricks: dict[str, Any]) -> None:
    says(api, tricks, LAB)
    assert await claimed(cluster) == Claim("http://127.0.0.1:8080/", fast=True)
    assert api.asked[-1][1].path == "/lab"


async def test_another_cluster_knows_no_such_path(api: Any, cluster: Any, tricks: dict[str, Any]) -> None:
    api.tricks["list"].append(tricks["text"](404, "404 page not found"))
    assert await claimed(cluster) is None


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "[]",
        {**LAB, "lab": "true"},
        {**LAB, "entry": "http://example.com:80"},
        {**LAB, "entry": "http://127.0.0.1:80@example.com"},
        {**LAB, "entry": "http://127.0.0.1:80\n"},
        {**LAB, "entry": None},
    ],
)
async def test_a_strange_answer_is_no_claim(
    api: Any, cluster: Any, tricks: dict[str, Any], body: object
) -> None:
    says(api, tricks, body)
    assert await claimed(cluster) is None


async def test_a_name_is_not_believed_even_if_it_means_this_machine(
    api: Any, cluster: Any, tricks: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(api, tricks, LAB)
    monkeypatch.setattr(type(cluster), "server_host", property(lambda _self: "localhost"))
    assert await claimed(cluster) is None
    assert not [one for _verb, one in api.asked if one.path == "/lab"]


async def test_a_server_that_says_nothing_holds_nobody_up(
    api: Any, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "WITHIN", 0.05)
    api.silent.clear()
    try:
        assert await claimed(cluster) is None
    finally:
        api.silent.set()
