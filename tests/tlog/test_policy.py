from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Forged, Malformed
from detente.tlog.note import COSIGNATURE_ED25519, ED25519, VerifierKey, format_note, parse_note
from detente.tlog.policy import (
    MAX_GROUPS,
    MAX_LOGS,
    MAX_POLICY_BYTES,
    MAX_WITNESSES,
    Group,
    Policy,
    check_policy,
    format_policy,
    parse_policy,
    policy_of,
)
from tests.tlog.cases import LOG, ORIGIN, OTHER, TIME_S, head, signed
from tests.tlog.cases_policy import ALL_FOUR, GROUPS, A, B, L


def test_a_stranger_demands_both_signatures_of_our_logs() -> None:
    policy = policy_of(ORIGIN, LOG.public)
    assert parse_policy(format_policy(policy)) == policy
    witnessed = check_policy(policy, signed())
    assert witnessed.checkpoint == head()
    assert witnessed.times_s == {"mldsa44": TIME_S}
    note = parse_note(signed())
    for alone in note.signatures:
        with pytest.raises(Forged):
            check_policy(policy, f"{note.text}\n{alone.line()}")
    with pytest.raises(Forged):
        check_policy(policy_of(ORIGIN, OTHER.public), format_note(note))


def test_times_are_those_of_each_witness() -> None:
    policy = parse_policy(f"{L}{A}{B}quorum none\n")
    assert check_policy(policy, ALL_FOUR).times_s == {"a": TIME_S, "b": TIME_S}
    assert check_policy(policy, signed()).times_s == {}


def test_groups_are_written_in_the_shortest_words() -> None:
    policy = parse_policy(f"{L}{A}{B}group g 1 a b\nquorum g\n")
    assert policy.groups == (Group("g", 1, ("a", "b")),)
    assert "group g any a b\n" in format_policy(policy)
    assert "group g all a b\n" in format_policy(parse_policy(f"{A}{B}group g 2 a b\nquorum g\n"))
    assert format_policy(parse_policy(GROUPS)) == GROUPS


def test_addresses_are_kept() -> None:
    text = f"{L[:-1]} https://log.example/\n{A[:-1]} https://w.example/\nquorum a\n"
    policy = parse_policy(text)
    assert (policy.logs[0].url, policy.witnesses[0].url) == (
        "https://log.example/",
        "https://w.example/",
    )
    assert format_policy(policy) == text


def test_octets_above_ascii_are_opaque() -> None:
    text = A.encode().replace(b" a ", b" \xff\xe2 ") + b"quorum \xff\xe2\n"
    policy = parse_policy(text)
    assert policy.quorum == policy.witnesses[0].name
    assert format_policy(policy).encode("utf-8", "surrogateescape") == text
    with pytest.raises(Malformed, match="not defined"):
        parse_policy(A.encode().replace(b" a ", b" \xe2\x84\xaa ") + b"quorum K\n")
    with pytest.raises(Malformed, match="octets"):
        parse_policy("# \ud800\nquorum none\n")


def vkeys(algorithm: int, count: int) -> list[str]:
    return [
        VerifierKey(f"k{number}", algorithm, number.to_bytes(32, "big")).text()
        for number in range(count)
    ]


def test_the_bounds_themselves_are_allowed() -> None:
    logs = [f"log {vkey}\n" for vkey in vkeys(ED25519, MAX_LOGS + 1)]
    witnesses = [
        f"witness w{number} {vkey}\n"
        for number, vkey in enumerate(vkeys(COSIGNATURE_ED25519, MAX_WITNESSES + 1))
    ]
    groups = [f"group g{number} all w{number}\n" for number in range(MAX_GROUPS)]
    policy = "".join([*logs[:-1], *witnesses[:-1], *groups, "quorum g1\n"])
    read = parse_policy(policy)
    assert (len(read.logs), len(read.witnesses), len(read.groups)) == (64, 64, 64)
    for more in (logs[-1], witnesses[-1], "group more any g1\n"):
        with pytest.raises(Malformed, match="more than 64"):
            parse_policy(policy + more)
    comment = "#" * (MAX_POLICY_BYTES - len(policy) - 1) + "\n"
    assert parse_policy(comment + policy) == read
    with pytest.raises(Malformed, match="longer than"):
        parse_policy("#" + comment + policy)


KNOWN = ["log", "witness", "group", "quorum", "none", "any", "all", "1", "2", "a", "b", "#", "\t"]
WORDS = st.sampled_from([*KNOWN, *(text.split()[-1] for text in (L, A, B))])
LINES = st.lists(WORDS, max_size=5).map(" ".join)


@given(st.lists(LINES | st.sampled_from([L[:-1], A[:-1], B[:-1]])).map("\n".join))
def test_any_lines_are_a_policy_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        policy = parse_policy(text + "\n")
        assert parse_policy(format_policy(policy)) == policy


@given(st.binary())
def test_any_bytes_are_a_policy_or_malformed(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(parse_policy(data), Policy)
