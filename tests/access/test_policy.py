"""Policies: who has which role, what that allows, and what is wrong with a file."""

from typing import Any

import pytest

from pyrox import ConfigError, Identity, Policy, Rule

ARM = Identity("arm", "token")
ADA = Identity("ada", "unix")
LAB = Identity("lab.example", "tls")


@pytest.mark.parametrize(
    ("patterns", "identity", "has"),
    [
        (["token:arm"], ARM, True),
        (["token:arm"], Identity("arm", "tls"), False),
        (["token:ar"], ARM, False),
        (["token:*"], ARM, True),
        (["*"], ARM, True),
        (["*"], None, False),
        (["anonymous"], None, True),
        (["anonymous"], Identity("anonymous", "tls"), False),
        (["unix:ada", "token:leg"], ADA, True),
        (["tls:*.example"], LAB, True),
        (["tls:*.example"], Identity("lab.example.org", "tls"), False),
        ([], ARM, False),
    ],
)
def test_a_role_goes_to_who_fits_a_pattern(
    patterns: list[str], identity: Identity | None, has: bool
) -> None:
    assert ("operator" in Policy({"operator": patterns}).roles_of(identity)) is has


def test_roles_that_somebody_has_already_are_kept() -> None:
    given = Identity("eve", "badge", frozenset({"guard"}))
    assert Policy({"viewer": ["*"]}).roles_of(given) == {"guard", "viewer"}


def test_without_rules_everything_is_allowed() -> None:
    assert Policy().allows(None, "robot", "move")
    assert Policy({"operator": ["token:arm"]}).allows(None, "robot", "move")


POLICY = Policy(
    {"operator": ["token:arm"], "viewer": ["*"], "guest": ["anonymous"]},
    [
        Rule(("operator",)),
        Rule(("viewer",), objects=("camera.*",), methods=("get_*", "status")),
        Rule(("guest", "viewer"), objects=("clock",)),
    ],
)


@pytest.mark.parametrize(
    ("identity", "object_id", "method", "allowed"),
    [
        (ARM, "robot", "move", True),
        (ARM, "camera.1", "reset", True),
        (ADA, "camera.1", "get_picture", True),
        (ADA, "camera.1", "status", True),
        (ADA, "camera.1", "reset", False),
        (ADA, "cameras", "status", False),
        (ADA, "robot", "move", False),
        (ADA, "clock", "set", True),
        (None, "clock", "set", True),
        (None, "camera.1", "status", False),
    ],
)
def test_a_call_is_allowed_where_some_rule_allows_it(
    identity: Identity | None, object_id: str, method: str, allowed: bool
) -> None:
    assert POLICY.allows(identity, object_id, method) is allowed


@pytest.mark.parametrize(
    ("identity", "object_id", "allowed"),
    [(ADA, "camera.1", True), (ADA, "robot", False), (None, "clock", True), (None, "x", False)],
)
def test_an_object_is_seen_where_any_method_of_it_may_be_called(
    identity: Identity | None, object_id: str, allowed: bool
) -> None:
    assert POLICY.allows(identity, object_id) is allowed


@pytest.mark.parametrize("name", ["x" * 256, "x" * 1_000_000])
def test_names_of_any_length_are_refused_and_not_remembered(name: str) -> None:
    assert not POLICY.allows(ARM, name, "move")
    assert not POLICY.allows(ARM, "robot", name)


def test_a_policy_is_read_as_it_is_written() -> None:
    policy = Policy.read(
        {
            "roles": {"viewer": ["*"]},
            "rules": [{"objects": ["camera"], "methods": ["get"], "allow": ["viewer"]}],
        }
    )
    assert policy.allows(ADA, "camera", "get")
    assert not policy.allows(ADA, "camera", "set")
    assert policy.rules == (Rule(("viewer",), ("camera",), ("get",)),)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"rolls": {}}, "unknown key 'rolls' in a policy: did you mean 'roles'?"),
        ({"roles": []}, r"\[roles\] in a policy is a table"),
        ({"roles": {"viewer": "*"}}, "role 'viewer' in a policy is a list of texts"),
        ({"rules": {}}, r"tables of their own: \[\[rules\]\]"),
        ({"rules": ["x"]}, r"tables of their own: \[\[rules\]\]"),
        ({"rules": [{}]}, "a rule in a policy says whom it allows"),
        ({"rules": [{"allow": [], "method": []}]}, "did you mean 'methods'?"),
        ({"rules": [{"allow": [1]}]}, "allow of a rule in a policy is a list of texts"),
        (
            {"roles": {"viewer": []}, "rules": [{"allow": ["vewer"]}]},
            "unknown role 'vewer' in a rule: did you mean 'viewer'?",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_policy_is_told(data: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Policy.read(data)
