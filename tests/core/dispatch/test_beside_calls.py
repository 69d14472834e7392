"""What travels beside a call, what a method knows of it, and what plugins put around it."""

from typing import Any

import pytest

from pyrox import Plugins, current_context, expose, hookimpl
from pyrox.wire.message import Flags
from tests.core.dispatch.objects import Guarded
from tests.core.dispatch.server import Server
from tests.hostile.raw import chunk


@expose
class Teller:
    def about(self) -> list[Any]:
        call = current_context.call
        return [call.object_id, call.method, list(call.peer.address), sorted(call.annotations)]  # type: ignore[call-overload]

    def mark(self, text: str) -> None:
        current_context.response_annotations["MARK"] = text.encode()

    def replace(self) -> None:
        current_context.response_annotations = {"ELSE": b"x"}

    def spoil(self) -> None:
        current_context.response_annotations["toolong"] = b"x"

    def fail(self) -> None:
        current_context.response_annotations["MARK"] = b"failed"
        raise ValueError("bad")

    def stream(self) -> Any:
        current_context.response_annotations["MARK"] = b"stream"
        return iter([1])

    def about_daemon(self) -> str:
        return type(current_context.daemon).__name__

    def nothing(self) -> None: ...


@pytest.fixture
def teller() -> Server:
    return Server({"teller": Teller()})


def test_a_method_knows_who_called_it_and_how(teller: Server) -> None:
    answer = teller.send("teller", "about", [], {}, annotations=chunk(b"USER", b"ada"))
    assert answer is not None
    assert answer.value == ["teller", "about", ["192.0.2.1", 4000], ["USER"]]
    assert teller.call("teller", "about_daemon").value == "Host"


@pytest.mark.parametrize(
    ("method", "args", "annotations"),
    [
        ("nothing", (), None),
        ("mark", ("hello",), {"MARK": b"hello"}),
        ("replace", (), {"ELSE": b"x"}),
        ("fail", (), {"MARK": b"failed"}),
    ],
)
def test_annotations_of_the_answer_are_the_methods(
    teller: Server, method: str, args: Any, annotations: Any
) -> None:
    assert teller.call("teller", method, *args).annotations == annotations


@pytest.mark.parametrize("method", ["mark", "replace", "fail", "stream", "spoil"])
@pytest.mark.parametrize("oneway_call", [False, True])
def test_annotations_never_leak_to_the_next_answer(
    teller: Server, method: str, oneway_call: bool
) -> None:
    args = ["x"] if method == "mark" else []
    teller.send("teller", method, args, {}, flags=Flags.ONEWAY if oneway_call else 0)
    assert teller.call("teller", "nothing").annotations is None
    newcomer = teller.stranger()
    answer, accepted = teller.shake_hands(newcomer, {"handshake": "hello", "object": "teller"})
    assert accepted
    assert answer.annotations is None


def test_annotations_of_the_daemon_go_with_every_answer() -> None:
    server = Server({"teller": Teller()}, annotations=lambda: {"HOST": b"h", "MARK": b"own"})
    assert server.call("teller", "nothing").annotations == {"HOST": b"h", "MARK": b"own"}
    assert server.call("teller", "fail").annotations == {"HOST": b"h", "MARK": b"own"}
    assert server.call("teller", "mark", "x").annotations == {"HOST": b"h", "MARK": b"own"}


def test_after_a_call_no_call_is_being_served(teller: Server) -> None:
    teller.call("teller", "nothing")
    teller.call("teller", "fail")
    assert not current_context.is_serving


# Around the call


def test_plugins_are_put_around_each_call(guarded: Guarded) -> None:
    seen: list[Any] = []

    class Auditor:
        @hookimpl
        def pyrox_wrap_invoke(self, invoke: Any) -> Any:
            def audited(context: Any, method: Any, args: Any, kwargs: Any) -> Any:
                seen.append((context.object_id, context.method, list(args), dict(kwargs)))
                return invoke(context, method, args, kwargs)

            return audited

    plugins = Plugins([])
    plugins.register(Auditor())
    server = Server({"guarded": guarded}, plugins=plugins)
    assert server.call("guarded", "work").value == "done"
    assert server.batch("guarded", ["work", [], None]).value == ["done"]
    assert seen == [("guarded", "work", [], {})] * 2
