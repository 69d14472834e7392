"""What a caller may call: roles that methods require, policies, and plugins that decide."""

from pathlib import Path
from typing import Any

import pytest

import pyrox
from pyrox import AccessDeniedError, Policy, Rule
from tests.access.conftest import ARM, LEG, Robot, Serve, client
from tests.access.test_identities import plugins as plugins
from tests.behaviour.objects import await_log, eventually

OPERATOR = Policy({"operator": ["token:arm"]})


@pytest.fixture
def uri(serve: Serve) -> str:
    """A robot that obeys the arm."""
    return serve(tokens=(ARM, LEG), policy=OPERATOR)


# Roles


def test_who_has_the_role_may_call(uri: str) -> None:
    with client(uri, ARM) as proxy:
        assert proxy.roles() == ["operator"]
        assert proxy.move() == 1
        assert proxy.repair() == "repaired"
        assert list(proxy.steps()) == [0, 1, 2]
        proxy.speed = 7
        assert proxy.speed == 7


@pytest.mark.parametrize(
    "use",
    [
        lambda robot: robot.move(),
        lambda robot: robot.repair(),
        lambda robot: robot.steps(),
        lambda robot: setattr(robot, "speed", 9),
        lambda robot: robot.voltage,
    ],
    ids=["method", "either role", "stream", "set", "get"],
)
@pytest.mark.parametrize("token", [LEG, ""], ids=["somebody else", "a stranger"])
def test_who_has_it_not_may_not(uri: str, robot: Robot, use: Any, token: str) -> None:
    with client(uri, token) as proxy:
        with pytest.raises(AccessDeniedError):
            use(proxy)
        assert proxy.speed == 1
        assert robot.moves == 0


def test_somebody_who_is_known_learns_which_role_it_takes(uri: str) -> None:
    with client(uri, LEG) as proxy:
        with pytest.raises(AccessDeniedError) as info:
            proxy.move()
        assert str(info.value) == (
            "access denied: token:leg may not call robot.move; it takes the role operator"
        )
        with pytest.raises(AccessDeniedError, match="it takes the role mechanic or operator"):
            proxy.repair()


def test_a_stranger_learns_how_to_prove_who_it_is_and_no_more(uri: str) -> None:
    with client(uri) as proxy, pytest.raises(AccessDeniedError) as info:
        proxy.move()
    assert "prove who you are" in str(info.value)
    assert "operator" not in str(info.value)


def test_a_refusal_leaves_the_connection_as_it_is(uri: str) -> None:
    with client(uri, LEG) as proxy:
        before = proxy.who()
        connection = proxy._pyro.peer
        with pytest.raises(AccessDeniedError):
            proxy.move()
        assert proxy.who() == before
        assert proxy._pyro.peer is connection


def test_a_batch_with_one_call_that_is_not_allowed_does_not_begin(uri: str, robot: Robot) -> None:
    with client(uri, LEG) as proxy:
        batch = proxy._pyro.batch()
        batch.who()
        batch.move()
        with pytest.raises(AccessDeniedError):
            batch()
    with client(uri, ARM) as proxy:
        batch = proxy._pyro.batch()
        batch.move()
        batch.move()
        assert list(batch()) == [1, 2]


def test_a_oneway_call_that_is_not_allowed_does_nothing(uri: str, robot: Robot) -> None:
    with client(uri, LEG) as proxy:
        proxy.push()
        proxy.who()
        assert robot.moves == 0
    with client(uri, ARM) as proxy:
        proxy.push()
        eventually(lambda: robot.moves == 1, what="the oneway call did not arrive")


def test_a_refusal_is_logged_with_who_was_refused_what(
    uri: str, caplog: pytest.LogCaptureFixture
) -> None:
    with client(uri, LEG) as proxy, pytest.raises(AccessDeniedError):
        proxy.move()
    await_log(caplog, "denied robot.move to token:leg at 127.0.0.1:")


def test_a_class_may_require_a_role_for_all_that_it_exposes(serve: Serve) -> None:
    @pyrox.expose(requires="operator")
    class Safe:
        def open(self) -> str:
            return "open"

        @pyrox.expose(requires="guard")
        def guard(self) -> str:
            return "guarded"

    config = pyrox.Config(tokens=(ARM, LEG))
    policy = Policy({"operator": ["token:arm"], "guard": ["token:leg"]})
    with pyrox.Daemon("localhost:0", config=config, policy=policy) as daemon:
        uri = str(daemon.register(Safe))
        daemon.start()
        with client(uri, ARM) as arm, client(uri, LEG) as leg:
            assert (arm.open(), leg.guard()) == ("open", "guarded")
            for use in (arm.guard, leg.open):
                with pytest.raises(AccessDeniedError):
                    use()


def test_a_method_that_is_marked_late_is_guarded_as_well(uri: str, robot: Robot) -> None:
    @pyrox.expose(requires="operator")
    def jump() -> str:
        return "jumped"

    robot.jump = jump  # type: ignore[attr-defined]
    for token in (LEG, ARM):
        with client(uri, token) as proxy:
            if token == ARM:
                assert proxy._pyro.call("jump", (), {}) == "jumped"
            else:
                with pytest.raises(AccessDeniedError):
                    proxy._pyro.call("jump", (), {})


def test_without_a_policy_nobody_has_a_role(serve: Serve) -> None:
    with client(serve(tokens=(ARM,)), ARM) as proxy, pytest.raises(AccessDeniedError):
        proxy.move()


# Rules


RULES = Policy(
    {"operator": ["token:arm"], "viewer": ["*"], "guest": ["anonymous"]},
    [
        Rule(("operator",)),
        Rule(("viewer",), ("robot",), ("who", "speed")),
        Rule(("guest",), ("clock",)),
    ],
)


@pytest.fixture
def ruled(serve: Serve) -> str:
    return serve(tokens=(ARM, LEG), policy=RULES)


def test_what_a_rule_allows_is_allowed(ruled: str) -> None:
    with client(ruled, LEG) as proxy:
        assert proxy.who() == "token:leg"
        assert proxy.speed == 1
        with pytest.raises(AccessDeniedError, match=r"token:leg may not call robot\.roles"):
            proxy.roles()


def test_rules_and_roles_both_have_to_allow(serve: Serve) -> None:
    policy = Policy({"operator": ["token:arm"], "viewer": ["*"]}, [Rule(("viewer",))])
    uri = serve(tokens=(ARM, LEG), policy=policy)
    with client(uri, LEG) as proxy, pytest.raises(AccessDeniedError, match="the role operator"):
        proxy.move()
    with client(uri, ARM) as proxy:
        assert proxy.move() == 1


@pytest.mark.parametrize("object_id", ["robot", "nothing"])
def test_a_stranger_does_not_learn_whether_there_is_an_object(ruled: str, object_id: str) -> None:
    uri = ruled.replace("robot", object_id)
    with pytest.raises(pyrox.ConnectError) as info:
        client(uri).who()
    assert str(info.value).replace(object_id, "...").partition("rejected")[2] == (
        ": access denied: ... is not for strangers; prove who you are, by a token (setting "
        "token), a client certificate by TLS, or a unix socket"
    )


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("registered", ()),
        ("info", ()),
        ("get_metadata", ("robot",)),
        ("get_metadata", ("nothing",)),
        ("describe", ("robot",)),
        ("explain", ("robot", "move")),
    ],
)
def test_nor_does_it_by_asking_the_daemon(ruled: str, method: str, args: tuple[Any, ...]) -> None:
    with client(ruled.replace("robot", "Pyro.Daemon")) as daemon:
        daemon.ping()
        with pytest.raises(AccessDeniedError, match="is not for strangers"):
            daemon._pyro.call(method, args, {})


@pytest.mark.parametrize("call", [("who", "no sequence", {}), (5, (), {}), (None, (), {})])
def test_malformed_calls_are_refused_all_the_same(ruled: str, call: Any) -> None:
    with client(ruled, LEG) as proxy:
        proxy._pyro.bind()
        with pytest.raises(pyrox.PyroxError):
            proxy._pyro.call(*call)


# A policy file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text('[roles]\noperator = ["token:arm"]\n')
    return path


def daemon_with(file: Path) -> pyrox.Daemon:
    """A daemon that reads its policy from a file."""
    config = pyrox.Config(tokens=(ARM, LEG), policy=str(file))
    daemon = pyrox.Daemon("localhost:0", config=config)
    daemon.register(Robot(), "robot")
    return daemon.start()


def test_a_policy_may_be_a_file(file: Path) -> None:
    with daemon_with(file) as daemon:
        uri = str(daemon.uri_for("robot"))
        with client(uri, ARM) as proxy:
            assert proxy.move() == 1
        with client(uri, LEG) as proxy, pytest.raises(AccessDeniedError):
            proxy.move()


def becomes(what: str, works: Any) -> None:
    """Wait until something works that was denied."""

    def tried() -> bool:
        try:
            works()
        except AccessDeniedError:
            return False
        return True

    eventually(tried, what=what)


def test_a_file_that_changes_counts_at_once_for_all(file: Path) -> None:
    with daemon_with(file) as daemon, client(str(daemon.uri_for("robot")), LEG) as proxy:
        with pytest.raises(AccessDeniedError):
            proxy.move()
        file.write_text('[roles]\noperator = ["token:leg"]\n')
        becomes("the new policy was not read", proxy.move)


def test_a_file_with_mistakes_changes_nothing(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with daemon_with(file) as daemon, client(str(daemon.uri_for("robot")), ARM) as proxy:
        file.write_text("[roles\n")

        def noticed() -> bool:
            assert proxy.move()
            return "the policy stays as it was" in caplog.text

        eventually(noticed, what="nothing was logged")
        file.unlink()
        assert proxy.move()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot read the policy"),
        ("[roles", "is not valid TOML"),
        ('[rolls]\nviewer = ["*"]', "policy.toml: unknown key 'rolls'"),
    ],
    ids=["missing", "no TOML", "wrong key"],
)
def test_what_is_wrong_with_the_file_is_told_at_the_start(
    file: Path, text: str | None, told: str
) -> None:
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(pyrox.ConfigError, match=told):
        daemon_with(file)


# A plugin that decides


class Clerk:
    """A plugin that decides by object and method."""

    def __init__(self, decisions: dict[str | None, bool | None]) -> None:
        self.decisions = decisions
        self.asked: list[tuple[str, str, str | None]] = []

    @pyrox.hookimpl
    def pyrox_authorize(self, peer: pyrox.Peer, object_id: str, method: str | None) -> Any:
        self.asked.append((str(peer.identity), object_id, method))
        return self.decisions.get(method)


def test_a_plugin_decides_before_the_policy(serve: Serve, plugins: Any) -> None:
    clerk = Clerk({"who": False, "roles": True, None: True})
    plugins(clerk)
    with client(serve(tokens=(LEG,), policy=RULES), LEG) as proxy:
        assert proxy.roles() == ["viewer"]
        with pytest.raises(AccessDeniedError):
            proxy.who()
        assert proxy.speed == 1
    assert ("token:leg", "robot", "who") in clerk.asked
    assert ("token:leg", "robot", None) in clerk.asked


def test_a_role_that_a_method_requires_is_needed_in_any_case(
    serve: Serve,
    plugins: Any,
) -> None:
    plugins(Clerk({"move": True, None: True}))
    with client(serve(tokens=(LEG,)), LEG) as proxy, pytest.raises(AccessDeniedError):
        proxy.move()
