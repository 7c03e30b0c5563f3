"""What every store must do. The same tests run against each of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import overload

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.errors import Conflict
from detente.store import Memory, SQLite, Store

MakeStore = Callable[[], Store]


@pytest.fixture(params=["memory", "sqlite"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    made: list[Store] = []
    names = itertools.count()

    def make() -> Store:
        match request.param:
            case "memory":
                made.append(Memory())
            case _:
                made.append(SQLite.create(tmp_path / f"{next(names)}.db"))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


def test_a_new_journal_is_empty(store: Store) -> None:
    assert store.length() == 0
    assert list(store.read()) == []


def test_entries_come_back_in_order_byte_for_byte(store: Store) -> None:
    first = [b"", b"\x00", b"\xff\x00\xff", "Schwarzes Meer, 黒海".encode()]
    second = [bytes(range(256)) * 300]
    store.append(0, first)
    store.append(4, second)

    assert store.length() == 5
    assert list(store.read()) == first + second


def test_reading_begins_where_it_is_told(store: Store) -> None:
    store.append(0, [b"a", b"b", b"c"])

    assert list(store.read(1)) == [b"b", b"c"]
    assert list(store.read(3)) == []


def test_one_entry_is_found_by_its_index(store: Store) -> None:
    store.append(0, [b"a", b"b", b"c"])

    assert [store.entry(index) for index in (2, 0, 1)] == [b"c", b"a", b"b"]


@pytest.mark.parametrize("index", [-1, 2, 1 << 40])
def test_no_entry_stands_outside_the_journal(store: Store, index: int) -> None:
    store.append(0, [b"a", b"b"])

    with pytest.raises(IndexError, match="holds 2 entries"):
        store.entry(index)


@pytest.mark.parametrize("start", [-1, 3])
def test_nothing_is_read_from_beyond_the_journal(store: Store, start: int) -> None:
    store.append(0, [b"a", b"b"])

    with pytest.raises(IndexError, match="holds 2 entries"):
        store.read(start)


@pytest.mark.parametrize("length", [0, 1, 3, -1])
@pytest.mark.parametrize("entries", [[], [b"x"], [b"x", b"y", b"z"]])
def test_a_second_writer_conflicts_and_adds_nothing(
    store: Store, length: int, entries: list[bytes]
) -> None:
    store.append(0, [b"a", b"b"])

    with pytest.raises(Conflict, match=f"holds 2 entries, not {length}"):
        store.append(length, entries)

    assert list(store.read()) == [b"a", b"b"]


def test_appending_nothing_adds_nothing(store: Store) -> None:
    store.append(0, [])
    store.append(0, [b"a"])
    store.append(1, ())

    assert list(store.read()) == [b"a"]


def test_an_appender_may_go_on_after_a_conflict(store: Store) -> None:
    store.append(0, [b"a"])
    with pytest.raises(Conflict):
        store.append(0, [b"b"])
    store.append(store.length(), [b"b"])

    assert list(store.read()) == [b"a", b"b"]


class Torn(Sequence[bytes]):
    """Three entries, the last of which cannot be had."""

    def __len__(self) -> int:
        return 3

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if index == 2:
            raise KeyError(index)
        return b"torn"


def test_a_batch_that_fails_half_way_leaves_nothing(store: Store) -> None:
    store.append(0, [b"a"])
    with pytest.raises(KeyError):
        store.append(1, Torn())
    assert list(store.read()) == [b"a"]

    store.append(1, [b"b"])
    assert list(store.read()) == [b"a", b"b"]


def test_a_reader_sees_the_journal_as_it_was_when_it_began(store: Store) -> None:
    store.append(0, [b"a", b"b"])
    early = store.read()
    store.append(2, [b"c"])
    started = store.read(1)
    assert next(started) == b"b"
    store.append(3, [b"d"])

    assert list(early) == [b"a", b"b"]
    assert list(started) == [b"c"]


def test_readers_do_not_disturb_each_other(store: Store) -> None:
    store.append(0, [b"%d" % i for i in range(5_000)])

    pairs = list(zip(store.read(), store.read(1), strict=False))

    assert pairs == [(b"%d" % i, b"%d" % (i + 1)) for i in range(4_999)]


def test_a_reader_that_stops_early_holds_nobody_up(store: Store) -> None:
    store.append(0, [b"a", b"b"])
    reader = store.read()
    next(reader)
    store.append(2, [b"c"])
    store.close()


def test_a_value_is_kept_under_its_name(store: Store) -> None:
    assert store.kept("cosignature") is None

    store.keep("cosignature", b"\x00first")
    store.keep("other", b"")
    store.keep("cosignature", b"second")

    assert store.kept("cosignature") == b"second"
    assert store.kept("other") == b""
    assert store.kept("Cosignature") is None


def test_kept_values_are_no_part_of_the_journal(store: Store) -> None:
    store.append(0, [b"a"])
    store.keep("a", b"value")

    assert list(store.read()) == [b"a"]
    assert store.kept("0") is None


def test_two_stores_share_nothing(make_store: MakeStore) -> None:
    north, south = make_store(), make_store()
    north.append(0, [b"north"])
    north.keep("name", b"north")

    assert south.length() == 0
    assert south.kept("name") is None


@given(
    attempts=st.lists(
        st.tuples(st.integers(-1, 2), st.lists(st.binary(max_size=40), max_size=4)), max_size=12
    )
)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_journal_is_the_attempts_that_named_its_length(
    make_store: MakeStore, attempts: list[tuple[int, list[bytes]]]
) -> None:
    store = make_store()
    expected: list[bytes] = []
    for behind, entries in attempts:
        length = len(expected) - behind
        if behind == 0:
            store.append(length, entries)
            expected += entries
        else:
            with pytest.raises(Conflict):
                store.append(length, entries)

    assert list(store.read()) == expected
