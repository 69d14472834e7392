"""Calling exposed methods: what goes in, what comes out, and what is refused."""

from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator

pytestmark = pytest.mark.usefixtures("serializer")


class Base:
    def inherited_hidden(self) -> str:
        return "hidden"

    @pyrox.expose
    def inherited(self) -> str:
        return "inherited"

    @pyrox.expose
    def overridden(self) -> str:
        return "base"


@pyrox.expose
class Offer(Base):
    factor = 3

    def __init__(self) -> None:
        self.plain = "a plain attribute"

    @classmethod
    def of_class(cls, value: int) -> int:
        return cls.factor * value

    @staticmethod
    def of_nothing(value: int) -> int:
        return value + 1

    def _private(self) -> str:
        return "private"

    def defaults(self, a: int = 1, *, b: int = 2) -> list[int]:
        return [a, b]


class Covered(Base):
    def overridden(self) -> str:
        return "covered"


def test_arguments_and_results_arrive(serve: ObjectServer) -> None:
    assert serve(Calculator()).add(2, 3) == 5


def test_keyword_arguments_arrive_by_name(serve: ObjectServer) -> None:
    assert serve(Calculator()).add(b=3, a=2) == 5


def test_defaults_of_the_method_apply(serve: ObjectServer) -> None:
    proxy = serve(Offer())
    assert proxy.defaults() == [1, 2]
    assert proxy.defaults(b=5) == [1, 5]


def test_any_number_of_arguments_and_keywords_arrives(serve: ObjectServer) -> None:
    args, kwargs = serve(Calculator()).collect(1, "two", None, x=[1, 2], y={"z": True})
    assert list(args) == [1, "two", None]
    assert kwargs == {"x": [1, 2], "y": {"z": True}}


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        2**40,
        2**70,
        1.5,
        "",
        "grüße 你好 \0 end",
        [],
        [1, [2, [3]]],
        {"k": [None]},
    ],
    ids=repr,
)
def test_plain_values_come_back_as_they_were(serve: ObjectServer, value: Any) -> None:
    answer = serve(Calculator()).echo(value)
    assert answer == value
    assert type(answer) is type(value)


def test_a_method_without_a_return_value_gives_none(serve: ObjectServer) -> None:
    assert serve(Calculator()).echo(None) is None


def test_a_large_value_comes_back_whole(serve: ObjectServer) -> None:
    text = "0123456789abcdef" * 200_000
    assert serve(Calculator()).echo(text) == text


def test_many_calls_in_a_row_each_get_their_own_answer(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    assert [proxy.add(n, n) for n in range(300)] == [2 * n for n in range(300)]


def test_class_methods_and_static_methods_can_be_called(serve: ObjectServer) -> None:
    proxy = serve(Offer())
    assert proxy.of_class(4) == 12
    assert proxy.of_nothing(4) == 5


def test_a_method_exposed_in_a_base_class_can_be_called(serve: ObjectServer) -> None:
    assert serve(Offer()).inherited() == "inherited"


def test_exposing_a_class_leaves_what_it_inherits_hidden(serve: ObjectServer) -> None:
    with pytest.raises(AttributeError, match="inherited_hidden"):
        serve(Offer()).inherited_hidden()


def test_an_override_is_hidden_until_it_is_exposed_itself(serve: ObjectServer) -> None:
    with pytest.raises(AttributeError, match="overridden"):
        serve(Covered()).overridden()


def test_private_methods_cannot_be_called(serve: ObjectServer) -> None:
    with pytest.raises(AttributeError, match="_private"):
        serve(Offer())._private()


def test_plain_attributes_cannot_be_read(serve: ObjectServer) -> None:
    with pytest.raises(AttributeError, match="plain"):
        _ = serve(Offer()).plain


@pytest.mark.parametrize("name", ["_private", "__init__", "__class__", "inherited_hidden", "plain"])
def test_the_daemon_refuses_hidden_names_even_when_asked_directly(
    serve: ObjectServer, name: str
) -> None:
    proxy = serve(Offer())
    with pytest.raises(AttributeError, match=name):
        proxy._pyro.call(name, (), {})
    with pytest.raises(AttributeError, match=name):
        proxy._pyro.get(name)


def test_a_dotted_name_is_refused(serve: ObjectServer) -> None:
    proxy = serve(Offer())
    with pytest.raises(AttributeError, match="a remote method has no attributes"):
        proxy.defaults.something()
    with pytest.raises(AttributeError):
        proxy._pyro.call("defaults.__func__", (), {})


def test_wrong_arguments_raise_the_type_error_of_the_method(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    with pytest.raises(TypeError, match="unexpected keyword argument 'c'"):
        proxy.add(1, c=2)
    assert proxy.add(1, 1) == 2


def test_an_unknown_object_is_refused_when_connecting(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    proxy = make_proxy(f"PYRO:nobody@{daemon.location}")
    with pytest.raises(pyrox.ConnectError, match="unknown object") as caught:
        proxy.anything()
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT


def test_an_object_that_is_unregistered_cannot_be_called_any_more(
    daemon: pyrox.Daemon, serve: ObjectServer
) -> None:
    target = Calculator()
    proxy = serve(target)
    assert proxy.add(1, 1) == 2
    daemon.unregister(target)
    with pytest.raises(pyrox.DaemonError, match="unknown object"):
        proxy.add(1, 1)


@pytest.mark.filterwarnings("ignore:.*doesn't expose any")
def test_an_object_that_exposes_nothing_is_refused_with_the_reason(serve: ObjectServer) -> None:
    class Nothing:
        pass

    with pytest.raises(pyrox.DaemonError, match="expose"):
        serve(Nothing()).anything()


def test_its_daemon_warns_of_it_too(serve: ObjectServer) -> None:
    class Nothing:
        pass

    proxy = serve(Nothing())
    with (
        pytest.warns(UserWarning, match="doesn't expose any methods or attributes. Did you forget"),
        pytest.raises(pyrox.DaemonError),
    ):
        proxy.anything()


def test_a_function_marked_and_put_on_the_instance_can_be_called_by_name(
    serve: ObjectServer,
) -> None:
    @pyrox.expose
    def own() -> str:
        return "mine"

    target = Calculator()
    target.own = own  # type: ignore[attr-defined]
    assert serve(target)._pyro.call("own", (), {}) == "mine"


def test_a_raw_call_gives_the_answer_as_it_came(serve: ObjectServer) -> None:
    remote = serve(Calculator())._pyro
    remote.serializer = "json"
    answer = remote.call_raw("add", (2, 3), {})
    assert (answer.type, bytes(answer.payload)) == (pyrox.MessageType.RESULT, b"5")
    failed = remote.call_raw("add", (2, None), {})
    assert failed.flags & pyrox.Flags.EXCEPTION
    assert remote.sequence == 2
    assert remote.call("add", (1, 1), {}) == 2
