"""Reference 7.5: ``python -m Pyro5.utils.httpgateway``, and ``pyro_app`` in a program's server."""

import http.client
import io
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from pyrox_pyro5.api import Daemon, Proxy, config, current_context, expose, oneway, start_ns
from pyrox_pyro5.utils import httpgateway
from pyrox_pyro5.utils.httpgateway import Gateway
from tests.pyro5.conftest import PATIENCE
from tests.pyro5.programs import LAUNCHERS, Server, program, serving

pytestmark = pytest.mark.slow

GATEWAY = "Pyro5.utils.httpgateway"
NAMES = ("http.thing", "http.a/b", "http.<b>bold</b>", "other")


@expose
class Thing:
    """Has a member of each kind."""

    silenced: list[Any] = []
    asked, go_on = threading.Event(), threading.Event()

    @property
    def size(self) -> int:
        return 5

    def echo(self, **values: Any) -> Any:
        return values

    def fail(self) -> None:
        raise ValueError("as it was asked to")

    def stream(self) -> Iterator[int]:
        yield 1

    def annotated(self) -> str:
        current_context.response_annotations = {"ABCD": b"x"}
        return "ok"

    def correlation(self) -> str:
        return str(current_context.correlation_id)

    def wait(self) -> None:
        Thing.asked.set()
        assert Thing.go_on.wait(PATIENCE)

    @oneway
    def silent(self, value: str) -> None:
        self.silenced.append(value)


class Answer(NamedTuple):
    """An answer over HTTP, or from a WSGI program."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def daemon_of_things(run: Callable[[Daemon], Daemon]) -> Daemon:
    """The daemon with the objects that are called."""
    return run(Daemon())


@pytest.fixture
def things(daemon_of_things: Daemon, run: Callable[[Daemon], Daemon]) -> str:
    """Objects that a name server knows; its port, which is configured as well."""
    uri, names, _ = start_ns(port=0)
    run(names)
    thing = daemon_of_things.register(Thing())
    with Proxy(uri) as ns:
        for name in NAMES:
            ns.register(name, thing)
        ns.register("http.gone", "PYRO:thing@localhost:1")
        ns.register("http.unknown", f"PYRO:unknown@localhost:{thing.port}")
    config.NS_PORT = uri.port
    return str(uri.port)


@pytest.fixture
def gateway(things: str) -> Iterator[Gateway]:
    """A gateway of the test's own, embedded."""
    gateway = Gateway()
    yield gateway
    gateway.close()


def call(
    gateway: Gateway,
    path: str,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Ask a WSGI program; ``headers`` as it sees them."""
    path, _, query = path.partition("?")
    environ = {
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    begun: list[Any] = []
    answered = b"".join(gateway(environ, lambda *begin: begun.extend(begin)))
    return Answer(int(begun[0].split()[0]), dict(begun[1]), answered)


# Compared with Pyro5's


@pytest.fixture
def both(things: str) -> Iterator[dict[str, int]]:
    """The ports of Pyro5's gateway and of ours."""
    with ExitStack() as stack:
        ports = {}
        for launcher in LAUNCHERS:
            ports[launcher] = _unused_port()
            stack.enter_context(_gateway(launcher, ports[launcher], things))
        yield ports


def _gateway(launcher: str, port: int, ns_port: str, *arguments: str) -> Any:
    return serving(
        launcher,
        GATEWAY,
        "-p",
        str(port),
        *arguments,
        ready="running on http",
        PYRO_NS_PORT=ns_port,
    )


def _unused_port() -> int:
    with socket.create_server(("localhost", 0)) as server:
        return int(server.getsockname()[1])


def ask(port: int, method: str, path: str, body: str = "", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    found = dict(answer.getheaders())
    for name in ("Date", "Server", "Content-Length", "X-Pyro-Correlation-Id"):
        found.pop(name, None)
    result = Answer(answer.status, found, answer.read())
    connection.close()
    return result


KEY = str(uuid.UUID(int=5))
REQUESTS: list[tuple[Any, ...]] = [
    ("GET", "/"),
    ("PUT", "/"),
    ("GET", "/x"),
    ("GET", "/pyro"),
    ("GET", "/pyro/http.thing"),
    ("GET", "/pyro/http.thing/"),
    ("GET", "/pyro//size"),
    ("OPTIONS", "/x"),
    ("OPTIONS", "/pyro/"),
    ("OPTIONS", "/pyro/http.thing/size"),
    ("PUT", "/pyro/http.thing/echo"),
    ("DELETE", "/pyro/"),
    ("HEAD", "/pyro/http.thing/echo"),
    ("GET", "/pyro/http.thing/echo"),
    ("GET", "/pyro/http.thing/echo?a=1&b=2&a=3&c="),
    ("GET", "/pyro/http.thing/echo?$key=for-nobody"),
    ("POST", "/pyro/http.thing/echo?a=1"),
    ("GET", "/pyro/http.a/b/size"),
    ("GET", f"/pyro/{quote('http.<b>bold</b>')}/size"),
    ("GET", "/pyro/http.thing/size"),
    ("GET", "/pyro/http.thing/size?a=1"),
    ("GET", "/pyro/http.thing/nothing"),
    ("GET", "/pyro/http.thing/silent?value=1"),
    ("GET", "/pyro/other/size"),
]


def test_it_answers_as_pyro5_does(both: dict[str, int]) -> None:
    for request in REQUESTS:
        answers = [ask(port, *request) for port in both.values()]
        assert answers[0] == answers[1], request
    headers = {"X_Pyro_Correlation_Id": KEY}
    answers = [ask(p, "GET", "/pyro/http.thing/correlation", **headers) for p in both.values()]
    assert answers[0] == answers[1]
    headers = {"X_Pyro_Options": "oneway"}
    answers = [ask(port, "GET", "/pyro/http.thing/echo", **headers) for port in both.values()]
    assert answers[0] == answers[1]
    assert answers[0].body == b""
    failures = [ask(port, "GET", "/pyro/http.thing/fail") for port in both.values()]
    assert failures[0].status == failures[1].status == 500
    assert failures[0].json["args"] == failures[1].json["args"] == ["as it was asked to"]
    assert failures[1].json["attributes"]["_pyroTraceback"]
    meta = [ask(port, "GET", "/pyro/http.thing/$meta") for port in both.values()]
    assert meta[0].headers == meta[1].headers
    assert sorted(meta[0].json["methods"]) == sorted(meta[1].json["methods"])
    assert meta[0].json["attributes"] == meta[1].json["attributes"] == ["size"]


@pytest.mark.parametrize("arguments", [["-e", ""], ["-e", "other", "-g", "secret", "-t", "2.5"]])
def test_it_says_what_pyro5_says(things: str, arguments: list[str]) -> None:
    port = _unused_port()
    said = []
    for launcher in LAUNCHERS:
        with _gateway(launcher, port, things, *arguments) as server:
            assert isinstance(server, Server)
            said.append(server.out)
    assert said[0] == said[1]


def test_without_a_name_server_it_waits_for_one() -> None:
    port = str(_unused_port())
    said = []
    for launcher in LAUNCHERS:
        with serving(
            launcher, GATEWAY, "-p", port, ready="running", PYRO_NS_PORT="1", PYRO_NS_BCPORT="1"
        ) as server:
            said.append(server.out)
            home = ask(int(port), "GET", "/pyro/")
            assert (home.status, home.headers["Content-Type"]) == (500, "text/plain")
    assert said[0] == said[1]
    assert "Not yet connected to a name server." in said[1]


def test_its_options_are_explained_as_pyro5_does() -> None:
    helps = [program(launcher, GATEWAY, "--help", COLUMNS="100").out for launcher in LAUNCHERS]
    assert helps[0] == helps[1]


# Where Pyro5's manual, or good sense, wants something else than what Pyro5's does


def test_form_data_are_arguments_too(gateway: Gateway) -> None:
    # Reference 9.5: the manual says so.
    answer = call(
        gateway,
        "/pyro/http.thing/echo?a=1&b=2",
        "POST",
        b"b=3&c=4&d=",
        {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    assert answer.json == {"a": "1", "b": ["2", "3"], "c": "4"}


def test_another_kind_of_data_is_none_of_our_business(gateway: Gateway) -> None:
    answer = call(
        gateway,
        "/pyro/http.thing/echo?a=1",
        "POST",
        b'{"b": 2}',
        {"CONTENT_TYPE": "application/json"},
    )
    assert answer.json == {"a": "1"}


@pytest.mark.parametrize(
    ("length", "status"), [("1000001", 413), ("99999999999", 413), ("many", 400), ("-5", 200)]
)
def test_a_body_that_is_too_much_is_not_read(gateway: Gateway, length: str, status: int) -> None:
    answer = call(gateway, "/pyro/http.thing/size", "POST", headers={"CONTENT_LENGTH": length})
    assert answer.status == status


def test_an_object_that_nobody_knows_is_not_found(gateway: Gateway) -> None:
    # Reference 9.5: the manual says so; Pyro5 answers 500.
    answer = call(gateway, "/pyro/http.nobody/size")
    assert answer[0::2] == (404, b"Error 404: Not Found")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("http.gone", "cannot connect to ('localhost', 1)"),
        ("http.unknown", "rejected: unknown object"),
    ],
)
def test_an_object_that_cannot_be_reached_is_a_failure(
    gateway: Gateway, name: str, problem: str
) -> None:
    answer = call(gateway, f"/pyro/{name}/size")
    assert answer.status == 500
    assert answer.json["__class__"] == "Pyro5.errors.CommunicationError"
    assert problem in answer.json["args"][0]


def test_annotations_do_no_harm(gateway: Gateway) -> None:
    # Reference 7.5: with Pyro5 they break the gateway.
    assert call(gateway, "/pyro/http.thing/annotated")[0::2] == (200, b'"ok"')


def test_a_stream_is_refused_in_words_and_closed(
    gateway: Gateway, daemon_of_things: Daemon
) -> None:
    answer = call(gateway, "/pyro/http.thing/stream")
    assert answer.status == 500
    assert answer.json["args"] == ["stream returns an item stream: HTTP clients get none"]
    ends = time.monotonic() + PATIENCE
    while daemon_of_things.streaming_responses:
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_slow_method_holds_up_nobody_else(things: str) -> None:
    # Reference 7.5: Pyro5's has a single thread.
    Thing.asked.clear()
    Thing.go_on.clear()
    port = _unused_port()
    with _gateway("pyrox", port, things):
        slow: list[Answer] = []
        asking = threading.Thread(
            target=lambda: slow.append(ask(port, "GET", "/pyro/http.thing/wait"))
        )
        asking.start()
        assert Thing.asked.wait(PATIENCE)
        assert ask(port, "GET", "/pyro/http.thing/size").body == b"5"
        assert not slow
        Thing.go_on.set()
        asking.join(PATIENCE)
        assert slow[0].status == 200


def test_names_are_escaped_on_the_page(gateway: Gateway) -> None:
    # Reference 9.2-9.
    page = call(gateway, "/pyro/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html")
    text = page.body.decode()
    assert "<b>" not in text
    assert "http.&lt;b&gt;bold&lt;/b&gt;" in text
    assert "other" not in text
    assert "/pyro/http.thing/" in text


def test_the_settings_of_the_process_stay_as_they_are(gateway: Gateway) -> None:
    # Reference 7.5: Pyro5 sets config.SERIALIZER to json.
    assert call(gateway, "/pyro/http.thing/size").body == b"5"
    assert config.SERIALIZER == "serpent"


def test_a_bad_correlation_id_is_a_failure(gateway: Gateway) -> None:
    answer = call(
        gateway, "/pyro/http.thing/size", headers={"HTTP_X_PYRO_CORRELATION_ID": "nonsense"}
    )
    assert (answer.status, answer.json["__class__"]) == (500, "builtins.ValueError")


def test_a_correlation_id_is_passed_on_and_returned(gateway: Gateway) -> None:
    answer = call(
        gateway, "/pyro/http.thing/correlation", headers={"HTTP_X_PYRO_CORRELATION_ID": KEY}
    )
    assert (answer.json, answer.headers["X-Pyro-Correlation-Id"]) == (KEY, KEY)


@pytest.mark.parametrize(
    ("header", "query", "status"),
    [
        (None, "", 403),
        ("secret", "", 200),
        ("Secret", "", 403),
        ("", "", 403),
        ("schlüssel", "", 403),
        (None, "?$key=secret", 200),
        (None, "?$key=secre", 403),
    ],
)
def test_a_key_may_be_asked_for(
    gateway: Gateway, header: str | None, query: str, status: int
) -> None:
    gateway.gateway_key = b"secret"
    headers = {} if header is None else {"HTTP_X_PYRO_GATEWAY_KEY": header}
    answer = call(gateway, f"/pyro/http.thing/echo{query}", headers=headers)
    assert answer.status == status
    if status == 403:
        assert answer.body == b"403 Forbidden - incorrect gateway api key"
    else:
        assert answer.json == {}
    assert call(gateway, "/pyro/").status == 200


def test_the_key_is_looked_at_before_the_name(gateway: Gateway) -> None:
    gateway.gateway_key = b"secret"
    assert call(gateway, "/pyro/other/size").body.endswith(b"incorrect gateway api key")


def test_origins_and_names_are_for_the_program_to_choose(gateway: Gateway) -> None:
    gateway.cors, gateway.ns_regex = "https://example.com", ""
    answer = call(gateway, "/pyro/other/size")
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://example.com"


def test_the_one_of_the_process_has_the_documented_attributes() -> None:
    app = httpgateway.pyro_app
    assert (app.ns_regex, app.cors, app.gateway_key) == (r"http\.", "", None)
    assert app.comm_timeout == 0.0


def test_it_finds_a_name_server_that_came_back(
    gateway: Gateway, run: Callable[[Daemon], Daemon]
) -> None:
    assert call(gateway, "/pyro/http.thing/size").body == b"5"
    uri, names, _ = start_ns(port=0)
    run(names)
    with Proxy(f"PYRO:Pyro.NameServer@localhost:{config.NS_PORT}") as before, Proxy(uri) as ns:
        ns.register("http.thing", before.lookup("http.thing"))
    config.NS_PORT = uri.port
    assert gateway._names is not None
    gateway._names._pyro.uri = uri.native().of("Pyro.NameServer", "localhost:1")
    gateway._names._pyro.release()
    assert call(gateway, "/pyro/http.thing/size").body == b"5"
    assert gateway.locate().port == uri.port
