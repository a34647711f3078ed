"""Where the entry sends a request, and how it reads HTTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.lab import heads
from k8s_watch.lab.routes import addresses, find, rules


def ingress(*paths, host: str = "", namespace: str = "default"):
    found = [
        {"path": p, "pathType": kind, "backend": {"service": {"name": name, "port": {"number": 80}}}}
        for p, kind, name in paths
    ]
    return {
        "metadata": {"namespace": namespace, "name": "i"},
        "spec": {"rules": [{**({"host": host} if host else {}), "http": {"paths": found}}]},
    }


ALL = rules(
    [
        ingress(("/", "Exact", "root"), ("/api", "Prefix", "api"), ("/api/v2", "Prefix", "api2")),
        ingress(("/", "Prefix", "shop"), host="shop.test"),
        ingress(("/", "Prefix", "wild"), host="*.shop.test"),
    ]
)


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("127.0.0.1:8080", "/", "root"),
        ("127.0.0.1", "/?a=/b", "root"),
        ("127.0.0.1", "/other", None),
        ("127.0.0.1", "/api", "api"),
        ("127.0.0.1", "/api/x", "api"),
        ("127.0.0.1", "/apix", None),
        ("127.0.0.1", "/api/v2/x", "api2"),
        ("shop.test", "/anything", "shop"),
        ("SHOP.test:80", "/", "shop"),
        ("a.shop.test", "/", "wild"),
        ("a.b.shop.test", "/", "root"),
    ],
)
def test_the_most_specific_rule_wins(host, path, service):
    rule = find(ALL, host, path)
    assert (rule.backend[1] if rule else None) == service


def test_only_ready_endpoints_of_the_right_port_are_behind_a_backend():
    service = {
        "metadata": {},
        "spec": {"ports": [{"name": "http", "port": 80}, {"name": "admin", "port": 90}]},
    }
    slice_ = {
        "metadata": {"namespace": "a", "labels": {"kubernetes.io/service-name": "web"}},
        "ports": [{"name": "http", "port": 5000}, {"name": "admin", "port": 6000}],
        "endpoints": [
            {"addresses": ["127.1.1.1"], "conditions": {"ready": True}},
            {"addresses": ["127.1.1.2"], "conditions": {"ready": False}},
        ],
    }
    assert addresses(("a", "web", 80), {"a/web": service}, [slice_]) == [("127.1.1.1", 5000)]
    assert addresses(("a", "web", "admin"), {"a/web": service}, [slice_]) == [("127.1.1.1", 6000)]
    assert addresses(("b", "web", 80), {"a/web": service}, [slice_]) == []


def test_forwarded_headers_are_set_and_those_of_the_client_dropped():
    head = heads.parse(
        b"GET /x HTTP/1.0\r\nHost: a.test\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\nA: b"
    )
    text = heads.forwarded(head, "127.0.0.1", 80)
    assert text.startswith(b"GET /x HTTP/1.1\r\nHost: a.test\r\nA: b\r\n")
    assert b"X-Forwarded-For: 127.0.0.1\r\n" in text
    assert b"6.6.6.6" not in text
    assert text.endswith(b"Connection: keep-alive\r\n\r\n")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GET /",
        b"GET / FTP/1.0",
        b"GET / HTTP/1.1\r\nno colon",
        b"GET / HTTP/1.1\r\n folded: line",
    ],
)
def test_what_is_not_http_is_refused(raw):
    with pytest.raises(heads.Malformed):
        heads.parse(raw)


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: -1",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 1e3",
    ],
)
def test_a_body_of_two_lengths_smuggles_nothing(headers):
    with pytest.raises(heads.Malformed):
        _ = heads.parse(b"POST / HTTP/1.1\r\n" + headers).length


@given(st.lists(st.binary(min_size=1, max_size=50)), st.binary(max_size=20), st.integers(1, 40))
def test_a_chunked_body_ends_where_it_ends_however_it_is_cut(chunks, after, step):
    whole = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    body, data, taken = heads.Body(None, chunked=True), whole + after, 0
    for at in range(0, len(data), step):
        piece = data[at : at + step]
        got = body.feed(piece)
        taken += got
        if body.done:
            break
    assert body.done
    assert taken == len(whole)


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw):
    try:
        head = heads.parse(raw)
        _ = head.length
    except heads.Malformed:
        return
