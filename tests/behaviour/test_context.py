"""What travels beside a call: addresses, correlation ids, annotations."""

import threading
import uuid
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Spawned

context = pyrox.current_context


@pyrox.expose
class Witness:
    """Tells what its context said."""

    def __init__(self, next: Any = None) -> None:
        self.next = next
        self.told: list[Any] = []
        self.heard = threading.Event()

    def address(self) -> list[Any]:
        return list(context.client_address)

    def caller(self) -> list[Any]:
        call = pyrox.current_call()
        call.response_annotations["SEEN"] = bytes(call.annotations.get("MINE", b"none"))
        return [*call.client_address, call.identity, str(call.correlation_id)]

    def correlation(self) -> str:
        return str(context.correlation_id)

    def annotations(self) -> dict[str, str]:
        return {key: bytes(data).decode() for key, data in context.annotations.items()}

    def answer(self, key: str, text: str) -> None:
        context.response_annotations[key] = text.encode()

    def answer_all(self, text: str) -> None:
        context.response_annotations = {"ALLS": text.encode()}

    def answer_and_fail(self, key: str, text: str) -> None:
        context.response_annotations[key] = text.encode()
        raise ValueError("failed")

    def answer_wrongly(self) -> None:
        context.response_annotations["TOO LONG"] = b""

    def plain(self) -> None:
        pass

    def onward(self) -> list[str]:
        return [str(context.correlation_id), self.next.correlation()]

    def onward_annotations(self) -> dict[str, str]:
        return dict(self.next.annotations())

    def what(self) -> list[Any]:
        call = context.call
        return [call.object_id, call.method, call.daemon is context.daemon, str(call.peer)]

    @pyrox.oneway
    def note(self) -> None:
        self.told += [str(context.correlation_id), context.is_serving]
        self.heard.set()

    @property
    def as_property(self) -> str:
        return str(context.correlation_id)


def answered() -> dict[str, bytes]:
    """The annotations that came with the last answer."""
    return {key: bytes(data) for key, data in context.response_annotations.items()}


def test_a_method_knows_its_callers_address(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    host, port = proxy.address()[:2]
    assert host in ("127.0.0.1", "::1")
    assert port != proxy._pyro.uri.port


def test_a_method_knows_what_was_called(daemon: pyrox.Daemon, serve: ObjectServer) -> None:
    object_id, method, same_daemon, peer = serve(Witness(), "witness").what()
    assert (object_id, method, same_daemon) == ("witness", "what", True)
    assert ":" in peer


def test_outside_of_a_call_the_context_says_so() -> None:
    assert not context.is_serving
    with pytest.raises(RuntimeError, match="no call is being served"):
        _ = context.client_address
    with pytest.raises(RuntimeError):
        context.track_resource(open)  # type: ignore[arg-type]
    assert context.correlation_id is None
    assert dict(context.annotations) == {}


def test_a_correlation_id_arrives(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    mine = uuid.uuid4()
    with pyrox.call_options(correlation_id=mine):
        assert context.correlation_id == mine
        assert proxy.correlation() == str(mine)
        assert proxy.as_property == str(mine)
    assert context.correlation_id is None


def test_without_one_every_call_gets_an_id_of_its_own(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    ids = {proxy.correlation() for _ in range(3)}
    assert len(ids) == 3
    assert all(uuid.UUID(each) for each in ids)


def test_a_correlation_id_goes_onward_through_nested_calls(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    inner = make_proxy(make_daemon().register(Witness()))
    outer = make_proxy(make_daemon().register(Witness(inner)))
    mine = uuid.uuid4()
    with pyrox.call_options(correlation_id=mine):
        assert outer.onward() == [str(mine), str(mine)]
    made_up = outer.onward()
    assert made_up[0] == made_up[1]


def test_a_oneway_call_carries_its_correlation_id(serve: ObjectServer) -> None:
    witness = Witness()
    proxy = serve(witness)
    mine = uuid.uuid4()
    with pyrox.call_options(correlation_id=mine):
        proxy.note()
    assert witness.heard.wait(10)
    assert witness.told == [str(mine), True]


def test_annotations_arrive_with_the_calls_of_the_block(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    with pyrox.call_options(annotations={"USER": b"ada", "SITE": b"lab"}):
        assert proxy.annotations() == {"USER": "ada", "SITE": "lab"}
        with pyrox.call_options(annotations={"USER": b"bob"}):
            assert proxy.annotations() == {"USER": "bob"}
        with pyrox.call_options(correlation_id=uuid.uuid4()):
            assert proxy.annotations() == {"USER": "ada", "SITE": "lab"}
    assert proxy.annotations() == {}


def test_annotations_of_a_caller_do_not_go_onward_by_themselves(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    inner = make_proxy(make_daemon().register(Witness()))
    outer = make_proxy(make_daemon().register(Witness(inner)))
    with pyrox.call_options(annotations={"USER": b"ada"}):
        assert outer.onward_annotations() == {}


def test_threads_do_not_see_each_others_options(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    with pyrox.call_options(annotations={"USER": b"ada"}):
        assert Spawned(proxy.annotations).result() == {}
        assert proxy.annotations() == {"USER": "ada"}


@pytest.mark.parametrize(
    "annotations", [{"LONGER": b"x"}, {"abc": b"x"}, {"ÄÖÜß": b"x"}, {"TEXT": "not bytes"}]
)
def test_annotations_that_cannot_travel_are_refused_before_sending(
    serve: ObjectServer, annotations: dict[str, Any]
) -> None:
    proxy = serve(Witness())
    proxy.plain()
    with (
        pyrox.call_options(annotations=annotations),
        pytest.raises(pyrox.LocalProtocolError, match="annotation") as caught,
    ):
        proxy.plain()
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    proxy.plain()


def test_annotations_come_back_with_the_answer(serve: ObjectServer, serializer: str) -> None:
    proxy = serve(Witness(), serializer=serializer)
    proxy.answer("MINE", "hello")
    assert answered() == {"MINE": b"hello"}
    proxy.answer_all("whole")
    assert answered() == {"ALLS": b"whole"}


def test_annotations_come_back_with_an_exception(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    with pytest.raises(ValueError, match="failed"):
        proxy.answer_and_fail("MINE", "sorry")
    assert answered() == {"MINE": b"sorry"}


def test_response_annotations_belong_to_one_answer(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    proxy.answer("MINE", "hello")
    proxy.plain()
    assert answered() == {}


@pytest.mark.parametrize("leave", ["answer", "answer_and_fail"])
def test_response_annotations_never_reach_another_client(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, leave: str
) -> None:
    uri = daemon.register(Witness())
    mine, other = make_proxy(uri), make_proxy(uri)
    for _ in range(10):  # whatever thread serves it
        try:
            mine._pyro.call(leave, ("MINE", "secret"), {})
        except ValueError:
            pass
        other.plain()
        assert answered() == {}
        with make_proxy(uri) as newcomer:
            newcomer.plain()
            assert answered() == {}


def test_response_annotations_that_cannot_travel_become_an_error(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    with pytest.raises(pyrox.PyroxError, match="4 ascii characters"):
        proxy.answer_wrongly()
    proxy.plain()


def test_a_thread_sees_its_own_answers_annotations(serve: ObjectServer) -> None:
    proxy = serve(Witness())

    def hammer(number: int) -> None:
        for count in range(30):
            proxy.answer("MINE", f"{number}.{count}")
            assert answered() == {"MINE": f"{number}.{count}".encode()}

    for client in [Spawned(hammer, number) for number in range(4)]:
        client.result()


def test_a_daemon_adds_its_own_annotations_to_every_answer(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Stamping(pyrox.Daemon):
        def annotations(self) -> dict[str, pyrox.Buffer]:
            return {"STMP": b"daemon"}

    proxy = make_proxy(make_daemon(Stamping).register(Witness()))
    proxy.plain()
    assert answered() == {"STMP": b"daemon"}
    proxy.answer("MINE", "method")
    assert answered() == {"MINE": b"method", "STMP": b"daemon"}
    with pytest.raises(ValueError, match="failed"):
        proxy.answer_and_fail("STMP", "method")
    assert answered() == {"STMP": b"daemon"}


def test_a_generator_cannot_leave_its_options_with_other_callers(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    inner = make_proxy(daemon.register(Witness()))

    class Sloppy:
        @pyrox.expose
        def items(self) -> Any:
            with pyrox.call_options(annotations={"LEAK": b"x"}):
                yield 1
                yield 2

        @pyrox.expose
        def look(self) -> dict[str, str]:
            return {key: bytes(data).decode() for key, data in sent().items()}

    def sent() -> Any:
        from pyrox.values.context import options

        outgoing = options.get()
        return (outgoing.annotations if outgoing else None) or {}

    proxy = make_proxy(daemon.register(Sloppy()))
    stream = proxy.items()
    assert next(stream) == 1
    for _ in range(5):
        assert proxy.look() == {}
    assert list(stream) == [2]
    inner.plain()


def test_the_call_being_served_tells_all_of_it(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    proxy._pyro.annotations["MINE"] = b"1"
    host, port, identity, correlation_id = proxy.caller()
    assert host in ("127.0.0.1", "::1") and port > 0
    assert identity is None and uuid.UUID(correlation_id)
    assert bytes(proxy._pyro.response_annotations["SEEN"]) == b"1"


def test_annotations_of_a_block_go_before_those_of_the_proxy(serve: ObjectServer) -> None:
    proxy = serve(Witness())
    proxy._pyro.annotations.update(MINE=b"1", ELSE=b"2")
    with pyrox.call_options(annotations={"MINE": b"3"}):
        assert proxy.annotations() == {"MINE": "3", "ELSE": "2"}
    assert proxy.annotations() == {"MINE": "1", "ELSE": "2"}


def test_outside_of_a_call_there_is_none() -> None:
    with pytest.raises(RuntimeError, match="inside a method only"):
        pyrox.current_call()
