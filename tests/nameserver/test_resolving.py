"""From a name to a place, played by hand: no network and no clock take part."""

from typing import Any

import pytest

from pyrox import URI, Broadcast, Call, Config, ConnectError, NamingError, Now, Sleep
from pyrox_nameserver import NameServerResolver, wait_for

PLACE = URI("PYRO:x@localhost:1")
UNKNOWN = NamingError("unknown name: x")
REFUSED = ConnectError("cannot connect there: nothing listens there; check the port")
resolver = NameServerResolver()


def resolving(text: str, config: Config) -> Any:
    return resolver.resolve(URI(text), config)


def test_a_name_is_looked_up_where_its_uri_says(config: Config, play: Any) -> None:
    steps, found = play(resolving("PYRONAME:x@there:7", config), PLACE)
    assert steps == [Call(URI("PYRO:Pyro.NameServer@there:7"), "lookup", ("x",))]
    assert found == PLACE


def test_a_name_server_on_a_unix_socket_is_honoured(config: Config, play: Any) -> None:
    steps, _ = play(resolving("PYRONAME:x@./u:/run/ns.sock", config), PLACE)
    assert steps[0].uri == URI("PYRO:Pyro.NameServer@./u:/run/ns.sock")


def test_a_name_server_is_asked_by_the_transport_of_the_uri(config: Config, play: Any) -> None:
    steps, _ = play(resolving("PYRONAME+TLS:x@there:7", config), PLACE)
    assert str(steps[0].uri) == "PYRO+TLS:Pyro.NameServer@there:7"


def test_the_answer_may_be_text(config: Config, play: Any) -> None:
    _, found = play(resolving("PYRONAME:x@there", config), str(PLACE))
    assert found == PLACE


def test_the_next_place_is_asked_where_nobody_answers(config: Config, play: Any) -> None:
    config = config.replace(ns_broadcast=True, ns_host="there")
    answer = b"PYRO:Pyro.NameServer@192.0.2.1:9999", ("192.0.2.1", 9091)
    steps, found = play(resolving("PYRONAME:x", config), REFUSED, answer, PLACE)
    assert isinstance(steps[1], Broadcast)
    assert steps[2].uri == URI("PYRO:Pyro.NameServer@192.0.2.1:9999")
    assert found == PLACE


def test_no_broadcast_is_made_for_a_uri_that_says_where(config: Config, play: Any) -> None:
    config = config.replace(ns_broadcast=True)
    _, error = play(resolving("PYRONAME:x@there", config), REFUSED)
    assert isinstance(error, NamingError)


def test_tags_find_one_of_the_objects_that_have_them_all(config: Config, play: Any) -> None:
    places = {"a": "PYRO:a@h:1", "b": "PYRO:b@h:2"}
    chosen = set()
    for _ in range(100):
        steps, found = play(resolving("PYROMETA:red,round@there", config), places)
        chosen.add(str(found))
    wanted = {"meta_all": ["red", "round"], "return_metadata": False}
    assert steps == [Call(URI("PYRO:Pyro.NameServer@there:9090"), "yplookup", (), wanted)]
    assert chosen == set(places.values())


def test_tags_that_nobody_has_are_an_error_that_names_them(config: Config, play: Any) -> None:
    _, error = play(resolving("PYROMETA:red@there", config), {})
    assert str(error).startswith(
        "no registrations available with desired metadata properties {'red'}"
    )


def test_a_name_may_stand_for_another_one(config: Config, play: Any) -> None:
    steps, found = play(resolving("PYRONAME:x@there", config), "PYRONAME:y@elsewhere", PLACE)
    assert steps[1] == Call(URI("PYRO:Pyro.NameServer@elsewhere:9090"), "lookup", ("y",))
    assert found == PLACE


def test_names_that_go_round_in_circles_are_an_error(config: Config, play: Any) -> None:
    _, error = play(resolving("PYRONAME:x@there", config), *["PYRONAME:x@there"] * 8)
    assert "never to an object" in str(error)


def test_an_unknown_name_is_an_error_that_names_similar_ones(config: Config, play: Any) -> None:
    unknown = NamingError("unknown name: greter")
    known = {"greeter": "PYRO:a@h:1", "printer": "PYRO:b@h:1"}
    steps, error = play(resolving("PYRONAME:greter@there", config), unknown, 2, known)
    assert [step.method for step in steps] == ["lookup", "count", "list"]
    assert str(error) == (
        "unknown name: greter; asked the name server at there:9090; did you mean greeter?"
    )


def test_a_large_name_server_is_not_made_to_list_its_names(config: Config, play: Any) -> None:
    steps, error = play(resolving("PYRONAME:x@there", config), UNKNOWN, 100_000)
    assert [step.method for step in steps] == ["lookup", "count"]
    assert "`pyrox nsc list`" in str(error)


def test_where_there_is_no_hint_the_error_is_still_told(config: Config, play: Any) -> None:
    _, error = play(resolving("PYRONAME:x@there", config), UNKNOWN, REFUSED)
    assert str(error) == "unknown name: x"


def test_other_errors_of_the_name_server_are_told_as_they_are(config: Config, play: Any) -> None:
    full = NamingError("cannot read it: /x: disk on fire")
    _, error = play(resolving("PYRONAME:x@there", config), full)
    assert str(error) == str(full)


def test_a_name_is_waited_for_while_the_delay_lasts(config: Config, play: Any) -> None:
    config = config.replace(ns_lookup_delay=10.0)
    steps, found = play(
        resolving("PYRONAME:x@there", config),
        100.0, UNKNOWN, 100.1, None, REFUSED, 100.2, None, PLACE,
    )  # fmt: skip
    assert [step for step in steps if isinstance(step, Sleep)] == [Sleep(0.05), Sleep(0.1)]
    assert found == PLACE


def test_tags_are_waited_for_too(config: Config, play: Any) -> None:
    config = config.replace(ns_lookup_delay=1.0)
    flow = resolving("PYROMETA:red@there", config)
    _, found = play(flow, 0.0, {}, 0.1, None, {"a": str(PLACE)})
    assert found == PLACE


def test_pauses_double_up_to_a_second_and_end_with_the_time(config: Config) -> None:
    steps, error = _play_until_over(wait_for("x", 5.0, config))
    pauses = [step.seconds for step in steps if isinstance(step, Sleep)]
    assert pauses[:5] == [0.05, 0.1, 0.2, 0.4, 0.8]
    assert max(pauses) == 1.0
    assert sum(pauses) == pytest.approx(5.0)
    assert "unknown name: x (waited 5 s)" in str(error)


def _play_until_over(flow: Any) -> tuple[list[Any], Any]:
    """Let a clock go on with each Sleep, and no name ever be known."""
    now = 0.0
    steps: list[Any] = []
    result: Any = None
    try:
        while True:
            if isinstance(result, Exception):
                step = flow.throw(result)
            else:
                step = flow.send(result)
            steps.append(step)
            if isinstance(step, Sleep):
                now, result = now + step.seconds, None
            elif isinstance(step, Now):
                result = now
            elif step.method == "lookup":
                result = UNKNOWN
            else:
                result = 0 if step.method == "count" else {}
    except NamingError as error:
        return steps, error


@pytest.mark.parametrize("text", ["x", "PYRONAME:x", "pyroname:x", "a:b"])
def test_what_is_waited_for_is_a_name_or_a_uri(config: Config, play: Any, text: str) -> None:
    steps, found = play(wait_for(text, 1.0, config), 0.0, PLACE)
    assert steps[1].args == ("a:b" if text == "a:b" else "x",)
    assert found == PLACE
