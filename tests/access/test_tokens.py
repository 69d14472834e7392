"""Tokens: how a secret is proved without telling it, and what is refused."""

import pytest

import pyrox
from pyrox import ConfigError, SecurityError, Token
from pyrox.access.tokens import Challenge, Claim, read_tokens
from tests.access.conftest import ARM, LEG

TOKENS = read_tokens([ARM, LEG], "tokens")


def exchange(claim: Claim, daemons: dict[str, Token]) -> Challenge:
    """Let a client and a daemon prove themselves to each other."""
    challenge = Challenge(claim.opening, daemons)
    if not challenge.accepts(claim.answer(challenge.nonce)):
        raise SecurityError("the daemon refuses the client")
    claim.check(challenge.proof)
    return challenge


def test_who_knows_the_secret_is_known() -> None:
    assert exchange(Claim(TOKENS["arm"]), TOKENS).name == "arm"


@pytest.mark.parametrize(
    "token", [Token("arm", "a wrong secret of that length"), Token("foot", TOKENS["arm"].secret)]
)
def test_who_does_not_is_not(token: Token) -> None:
    with pytest.raises(SecurityError, match="the daemon refuses the client"):
        exchange(Claim(token), TOKENS)


def test_a_daemon_that_does_not_know_the_secret_is_found_out() -> None:
    claim = Claim(TOKENS["arm"])
    impostor = Challenge(claim.opening, {})
    claim.answer(impostor.nonce)
    with pytest.raises(SecurityError, match="it is not the daemon you mean"):
        claim.check(impostor.proof)


@pytest.mark.parametrize("proof", [None, b"", b"x" * 32])
def test_a_daemon_that_proves_nothing_is_found_out(proof: bytes | None) -> None:
    claim = Claim(TOKENS["arm"])
    claim.answer(b"n" * 32)
    with pytest.raises(SecurityError, match="it is not the daemon you mean"):
        claim.check(proof)


def test_a_daemon_that_asks_for_nothing_proves_nothing() -> None:
    Claim(TOKENS["arm"]).check(None)


def test_the_secret_is_in_none_of_the_messages() -> None:
    claim = Claim(TOKENS["arm"])
    challenge = Challenge(claim.opening, TOKENS)
    said = [claim.opening, challenge.nonce, claim.answer(challenge.nonce), challenge.proof]
    assert not [text for text in said if TOKENS["arm"].secret.encode() in text]


def test_a_proof_is_good_once() -> None:
    first = Claim(TOKENS["arm"])
    asked = Challenge(first.opening, TOKENS)
    proof = first.answer(asked.nonce)
    assert asked.accepts(proof)
    assert not Challenge(first.opening, TOKENS).accepts(proof)


def test_a_daemons_proof_is_none_of_a_client() -> None:
    challenge = Challenge(Claim(TOKENS["arm"]).opening, TOKENS)
    assert not challenge.accepts(challenge.proof)


def test_a_client_answers_one_challenge() -> None:
    claim = Claim(TOKENS["arm"])
    claim.answer(b"n" * 32)
    with pytest.raises(SecurityError, match="cannot be answered"):
        claim.answer(b"m" * 32)


@pytest.mark.parametrize("challenge", [b"", b"n" * 31, b"n" * 33, b"n" * 100_000])
def test_a_challenge_of_another_size_is_not_answered(challenge: bytes) -> None:
    with pytest.raises(SecurityError, match="cannot be answered"):
        Claim(TOKENS["arm"]).answer(challenge)


@pytest.mark.parametrize("opening", [b"short", b"n" * 32 + b"x" * 201, b"n" * 100_000])
def test_an_opening_of_another_size_is_refused(opening: bytes) -> None:
    with pytest.raises(SecurityError, match="malformed token"):
        Challenge(opening, TOKENS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is NAME:SECRET"),
        ("arm", "is NAME:SECRET"),
        (":a secret of sixteen and more", "is NAME:SECRET"),
        (" arm:a secret of sixteen and more", "is NAME:SECRET"),
        ("ar\nm:a secret of sixteen and more", "is NAME:SECRET"),
        ("arm:too short", "needs 16 characters or more"),
        ("x" * 201 + ":a secret of sixteen and more", "over 200 long"),
    ],
    ids=["empty", "no secret", "no name", "space", "newline", "short", "long"],
)
def test_what_is_no_token_is_told_without_the_secret(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as info:
        Token.read(text, "token")
    assert "secret of sixteen" not in str(info.value)


def test_two_tokens_of_one_name_are_told() -> None:
    with pytest.raises(ConfigError, match="two tokens in tokens are called 'arm'"):
        read_tokens([ARM, "arm:a second secret for the arm"], "tokens")


def test_settings_do_not_show_tokens() -> None:
    assert "secret" not in repr(pyrox.Config(token=ARM, tokens=(LEG,)))
    assert {"token", "tokens"} <= pyrox.Config.secrets()
