"""The forms of PATCH."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from k8s_watch.lab.errors import ApiError
from k8s_watch.lab.kinds import KEPT
from k8s_watch.lab.patches import json_patch, merge
from k8s_watch.lab.schema import node
from k8s_watch.lab.strategic import merge_strategic


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"op": "add", "path": "/l/1", "value": 9}, {"a": {"b": 1}, "l": [1, 9, 2]}),
        ({"op": "add", "path": "/l/-", "value": 9}, {"a": {"b": 1}, "l": [1, 2, 9]}),
        ({"op": "add", "path": "/x~1y", "value": 1}, {"a": {"b": 1}, "l": [1, 2], "x/y": 1}),
        ({"op": "replace", "path": "/a/b", "value": 2}, {"a": {"b": 2}, "l": [1, 2]}),
        ({"op": "remove", "path": "/l/0"}, {"a": {"b": 1}, "l": [2]}),
        ({"op": "move", "from": "/a/b", "path": "/c"}, {"a": {}, "l": [1, 2], "c": 1}),
        ({"op": "copy", "from": "/a", "path": "/c"}, {"a": {"b": 1}, "l": [1, 2], "c": {"b": 1}}),
        ({"op": "test", "path": "/a/b", "value": 1}, {"a": {"b": 1}, "l": [1, 2]}),
    ],
)
def test_a_json_patch_does_what_rfc_6902_says(operation: dict[str, Any], result: Any) -> None:
    assert json_patch({"a": {"b": 1}, "l": [1, 2]}, [operation]) == result


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/nope"},
        {"op": "replace", "path": "/nope", "value": 1},
        {"op": "add", "path": "/l/7", "value": 1},
        {"op": "add", "path": "/l/01", "value": 1},
        {"op": "test", "path": "/a", "value": 2},
        {"op": "bogus", "path": "/a"},
        {"op": "add", "path": "a", "value": 2},
        {"op": "add"},
    ],
)
def test_a_json_patch_that_does_not_fit_is_a_422(operation: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as caught:
        json_patch({"a": 1, "l": [1]}, [operation])
    assert caught.value.code == 422


def test_a_merge_patch_takes_away_with_null() -> None:
    assert merge({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 9}, "e": {"f": None, "g": 1}}) == {
        "b": {"c": 9, "d": 3},
        "e": {"g": 1},
    }


DEPLOYMENT: dict[str, Any] = {
    "metadata": {"finalizers": ["a", "b"]},
    "spec": {
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "template": {
            "spec": {
                "containers": [
                    {"name": "web", "image": "w:1", "env": [{"name": "A", "value": "1"}], "args": ["x"]},
                    {"name": "side", "image": "s:1"},
                ]
            }
        },
    },
}


def patched(patch: dict[str, Any]) -> Any:
    return merge_strategic(node(KEPT["deployments"]), copy.deepcopy(DEPLOYMENT), patch)


def containers(patch: list[Any], **more: Any) -> Any:
    changed = patched({"spec": {"template": {"spec": {"containers": patch, **more}}}})
    return changed["spec"]["template"]["spec"]["containers"]


def test_a_strategic_patch_merges_containers_by_name() -> None:
    web, side = containers([{"name": "web", "image": "w:2"}])
    assert (web["image"], web["env"], side["image"]) == ("w:2", [{"name": "A", "value": "1"}], "s:1")


def test_a_strategic_patch_replaces_plain_lists() -> None:
    assert containers([{"name": "web", "args": ["y"]}])[0]["args"] == ["y"]


def test_a_strategic_patch_deletes_an_item_by_directive() -> None:
    assert [one["name"] for one in containers([{"name": "side", "$patch": "delete"}])] == ["web"]


def test_a_strategic_patch_puts_a_new_container_where_it_is_told() -> None:
    order = [{"name": "new"}, {"name": "web"}, {"name": "side"}]
    found = containers([{"name": "new", "image": "n"}], **{"$setElementOrder/containers": order})
    assert [one["name"] for one in found] == ["new", "web", "side"]


def test_a_strategic_patch_keeps_only_the_keys_it_is_told() -> None:
    changed = patched({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}})
    assert changed["spec"]["strategy"] == {"type": "Recreate"}


def test_a_strategic_patch_joins_and_shrinks_sets() -> None:
    assert patched({"metadata": {"finalizers": ["c"]}})["metadata"]["finalizers"] == ["a", "b", "c"]
    gone = patched({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}})
    assert gone["metadata"]["finalizers"] == ["b"]
