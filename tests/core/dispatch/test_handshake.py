"""How a daemon greets a client, and how it turns one away."""

from typing import Any

import pytest

from pyrox import Peer, Plugins, RemoteProtocolError, current_context, expose, hookimpl, oneway
from pyrox.protocol.connection import State
from pyrox.protocol.greeting import CAPABILITY_ANNOTATION, greeting, read_greeting
from pyrox.wire.message import MessageType
from tests.core.dispatch.server import Answer, Link, Server
from tests.hostile.raw import chunk

HELLO = {"handshake": "hello", "object": "thing"}
PYROX = chunk(b"PYRX", greeting(("json", "msgpack")))


@expose
class Thing:
    def work(self) -> None: ...

    @oneway
    def push(self) -> None: ...

    @expose(idempotent=True)
    def look(self) -> None: ...

    @property
    def size(self) -> int:
        return 1


@pytest.fixture
def server() -> Server:
    return Server({"thing": Thing()})


def greeted(server: Server, hello: Any, annotations: bytes = b"") -> tuple[Answer, Link]:
    link = server.stranger()
    answer, accepted = server.shake_hands(link, hello, annotations)
    assert accepted, answer.payload
    assert answer.message.type == MessageType.CONNECTOK
    assert link.protocol.state is State.CONNECTED
    return answer, link


def turned_away(server: Server, hello: Any, annotations: bytes = b"") -> str:
    link = server.stranger()
    answer, accepted = server.shake_hands(link, hello, annotations)
    assert not accepted
    assert answer.message.type == MessageType.CONNECTFAIL
    assert link.protocol.state is State.CLOSED
    return str(answer.payload)


def test_a_pyro5_client_learns_the_members_and_nothing_else(server: Server) -> None:
    answer, link = greeted(server, HELLO)
    assert answer.payload["handshake"] == "hello"
    assert {key: set(names) for key, names in answer.payload["meta"].items()} == {
        "methods": {"work", "push", "look"},
        "oneway": {"push"},
        "attrs": {"size"},
    }
    assert answer.annotations is None
    assert not link.peer.is_pyrox


def test_a_pyrox_client_learns_more(server: Server) -> None:
    answer, link = greeted(server, HELLO, PYROX)
    assert answer.payload["meta"]["idempotent"] == ["look"]
    assert link.peer.is_pyrox
    assert link.peer.serializers == ("json", "msgpack")
    daemon = Peer()
    read_greeting(answer.annotations, daemon)
    assert daemon.is_pyrox
    assert daemon.serializers == ("json",)


def test_extra_keys_of_the_handshake_are_for_later_versions(server: Server) -> None:
    greeted(server, {**HELLO, "later": 1})


def test_each_client_is_greeted_alike(server: Server) -> None:
    answers = [greeted(server, HELLO, annotations)[0].payload for annotations in (b"", PYROX, b"")]
    assert answers[0] == answers[2]
    assert "idempotent" in answers[1]["meta"]


def test_members_that_are_read_again_are_told_to_the_next_client(server: Server) -> None:
    class Growing:
        @expose
        def one(self) -> None: ...

    entry = server.registry.register(Growing(), "growing")
    hello = {**HELLO, "object": "growing"}
    assert greeted(server, hello)[0].payload["meta"]["methods"] == ["one"]
    Growing.two = expose(lambda self: None)  # type: ignore[attr-defined]
    entry.refresh()
    assert set(greeted(server, hello)[0].payload["meta"]["methods"]) == {"one", "two"}


# Validation


@pytest.mark.parametrize("answer", ["welcome", 5, False, "", {"a": 1}])
def test_the_daemon_answers_what_its_validation_returns(server: Server, answer: Any) -> None:
    seen: list[Any] = []

    def validate(peer: Peer, data: Any) -> Any:
        seen.append((peer.address, data, current_context.is_serving))
        return answer

    server.host.validate = validate
    found, _ = greeted(server, {**HELLO, "handshake": {"token": 1}})
    assert found.payload["handshake"] == answer
    assert "work" in found.payload["meta"]["methods"]
    assert seen == [(("192.0.2.1", 4000), {"token": 1}, True)]


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (ValueError("wrong token"), "wrong token"),
        (SystemExit("bye"), "bye"),
        (KeyboardInterrupt(), ""),
        (ValueError("x" * 5000), "x" * 1000),
        (ValueError("\udc80"), "\\udc80"),
    ],
    ids=repr,
)
def test_a_client_that_fails_validation_is_told_why(
    server: Server, problem: BaseException, reason: str
) -> None:
    def refuse(peer: Peer, data: Any) -> Any:
        raise problem

    server.host.validate = refuse
    assert turned_away(server, HELLO) == reason
    assert not current_context.is_serving


def test_plugins_are_asked_where_the_daemon_gives_no_answer() -> None:
    class Gate:
        @hookimpl
        def pyrox_validate_handshake(self, peer: Peer, data: Any) -> Any:
            if data == "secret":
                return "come in"
            raise ValueError("wrong secret")

    plugins = Plugins([])
    plugins.register(Gate())
    server = Server({"thing": Thing()}, plugins=plugins)
    assert greeted(server, {**HELLO, "handshake": "secret"})[0].payload["handshake"] == "come in"
    assert turned_away(server, HELLO) == "wrong secret"
    server.host.validate = lambda peer, data: "mine"
    assert greeted(server, HELLO)[0].payload["handshake"] == "mine"


def test_annotations_of_the_validation_go_with_the_answer(server: Server) -> None:
    def validate(peer: Peer, data: Any) -> Any:
        current_context.response_annotations["MARK"] = b"hi"

    server.host.validate = validate
    assert greeted(server, HELLO)[0].annotations == {"MARK": b"hi"}
    answer, _ = greeted(server, HELLO, PYROX)
    assert answer.annotations is not None
    assert set(answer.annotations) == {"MARK", CAPABILITY_ANNOTATION}


# Refusals


def test_a_pyro5_client_hears_pyro5s_words_about_an_unknown_object(server: Server) -> None:
    assert turned_away(server, {**HELLO, "object": "thong"}) == "unknown object"


def test_a_pyrox_client_hears_which_object_may_have_been_meant(server: Server) -> None:
    reason = turned_away(server, {**HELLO, "object": "thong"}, PYROX)
    assert reason == "unknown object: 'thong'; did you mean 'thing'?"


@pytest.mark.parametrize("missing", ["handshake", "object"])
def test_a_missing_key_is_named(server: Server, missing: str) -> None:
    hello = {key: value for key, value in HELLO.items() if key != missing}
    assert turned_away(server, hello) == repr(missing)


@pytest.mark.parametrize("hello", [None, 5, "hello", [], [["handshake", 1], ["object", 2]]])
def test_a_handshake_that_is_no_map_is_refused(server: Server, hello: Any) -> None:
    assert turned_away(server, hello) == "malformed handshake: a map was expected"


@pytest.mark.parametrize("object_id", [None, 5, ["thing"], {"a": 1}, "x" * 100_000])
def test_any_other_object_id_is_refused_shortly(server: Server, object_id: Any) -> None:
    assert len(turned_away(server, {**HELLO, "object": object_id})) < 400
    assert len(turned_away(server, {**HELLO, "object": object_id}, PYROX)) < 400


def test_a_handshake_with_an_unknown_class_is_refused(server: Server) -> None:
    hello = {**HELLO, "handshake": {"__class__": "__main__.Evil"}}
    assert "double underscores" in turned_away(server, hello)


@pytest.mark.parametrize("serializer_id", [0, 1, 2, 42])
def test_a_handshake_in_an_unknown_serializer_cannot_be_answered(
    server: Server, serializer_id: int
) -> None:
    with pytest.raises(RemoteProtocolError, match=f"unknown serializer id {serializer_id}"):
        server.shake_hands(server.stranger(), HELLO, serializer=serializer_id)
