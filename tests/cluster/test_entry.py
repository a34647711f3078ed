"""The URL rule: Ingress or HTTPRoute, else the Service proxy."""

from __future__ import annotations

from typing import Any

import pytest

from k8s_watch.cluster.entry import Entry, entry, selects
from k8s_watch.model.objects import Route, RouteRule, Service

SERVER = "https://api.example:6443"
SERVICE = Service("web", "default", {"app": "web"}, (("http", 80),))


def route(*rules: tuple[str, str], **more: Any) -> Route:
    made = tuple(RouteRule(host, path, "web", "80") for host, path in rules)
    return Route(more.pop("kind", "Ingress"), more.pop("name", "r"), "default", made, **more)


@pytest.mark.parametrize(
    ("found", "here", "url", "host"),
    [
        (route(("", "/")), True, "http://127.0.0.1/", ""),
        (route(("web.example", "/app")), True, "http://127.0.0.1/app", "web.example"),
        (route(("web.example", "/"), tls_hosts=("web.example",)), True, "https://127.0.0.1/", "web.example"),
        (route(("web.example", "/"), tls_hosts=("other",)), True, "http://127.0.0.1/", "web.example"),
        (route(("", "/"), addresses=("203.0.113.9",)), False, "http://203.0.113.9/", ""),
        (route(("", "/"), addresses=("2001:db8::1",)), False, "http://[2001:db8::1]/", ""),
        (route(("lb.example", "/x"), addresses=("lb.example",)), False, "http://lb.example/x", ""),
        (route(("*.example", "/"), addresses=("10.0.0.1",)), False, "http://10.0.0.1/", "any.example"),
        (route(("", "/api(/|$)(.*)"), addresses=("10.0.0.1",)), False, "http://10.0.0.1/api", ""),
        (route(("", "/ä b"), addresses=("10.0.0.1",)), False, "http://10.0.0.1/%C3%A4%20b", ""),
        (route(("b.example", "/long"), ("", "/")), True, "http://127.0.0.1/", ""),
        (route(("", "/"), kind="HTTPRoute", port=8080), True, "http://127.0.0.1:8080/", ""),
    ],
)
def test_a_route_gives_the_url_and_the_host_to_send(found: Route, here: bool, url: str, host: str) -> None:
    made = entry([SERVICE], [found], SERVER, here)
    assert (made.url, made.host) == (url, host)
    assert made.via == found.kind.lower()


def test_the_place_where_the_local_ingress_listens_is_taken_before_any_address() -> None:
    made = entry(
        [SERVICE], [route(("h", "/x"), addresses=("127.0.0.1",))], SERVER, True, "http://127.0.0.1:8099"
    )
    assert made == Entry("http://127.0.0.1:8099/x", "ingress", "", "h")


def test_an_assumed_address_is_said() -> None:
    assert "127.0.0.1 is assumed" in entry([SERVICE], [route(("", "/"))], SERVER, True).note


def test_a_route_without_address_elsewhere_gives_way_to_the_service_proxy_which_says_why() -> None:
    made = entry([SERVICE], [route(("", "/"))], SERVER, False)
    assert made.url == f"{SERVER}/api/v1/namespaces/default/services/web:http/proxy/"
    assert made.via == "service-proxy"
    assert "no address yet" in made.note


def test_a_route_to_another_service_is_not_ours() -> None:
    other = Route(
        "Ingress", "r", "default", (RouteRule("", "/", "elsewhere", "80"),), addresses=("10.0.0.1",)
    )
    assert entry([SERVICE], [other], SERVER, True).via == "service-proxy"


def test_without_a_service_there_is_no_url_but_a_reason() -> None:
    made = entry([], [], SERVER, True)
    assert (made.url, made.via) == ("", "")
    assert "--url" in made.note


def test_a_service_selects_by_all_of_its_labels_and_never_without_any() -> None:
    assert selects(SERVICE, {"app": "web", "x": "y"})
    assert not selects(SERVICE, {"app": "other"})
    assert not selects(Service("kubernetes", "default"), {"app": "web"})
