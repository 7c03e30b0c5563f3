"""Vectors for messages: which bytes are a leaf of a line, and which are not."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from detente.tlog.hash import leaf_hash
from tests.lines import make_leaf
from tests.stations import NORTHLAND, accord
from tests.tlog.cases import Case

PLAIN = make_leaf(accord(), NORTHLAND, "notify", {"kind": "hazard", "text": "A drifting mine."})
TEXT = PLAIN.decode()
Json = dict[str, Any]


def cases() -> Iterator[tuple[str, Case]]:
    for name, (comment, leaf) in {**GOOD, **_good_bodies()}.items():
        yield _case(name, "ok", comment, leaf.encode())
    for name, (comment, leaf) in {**MALFORMED, **_fields(), **_headers(), **_bodies()}.items():
        yield _case(name, "Malformed", comment, leaf.encode())
    for name, (comment, octets) in NOT_TEXT.items():
        yield _case(name, "Malformed", comment, octets)


def _case(name: str, expect: str, comment: str, leaf: bytes) -> tuple[str, Case]:
    case: Case = {"expect": expect, "comment": comment}
    try:
        case["leaf"] = leaf.decode()
    except UnicodeDecodeError:
        case["leaf_base64"] = base64.b64encode(leaf).decode()
    if expect == "ok":
        case["leaf_hash_hex"] = leaf_hash(leaf).hex()
    return f"message/{name}", case


def dump(value: Any) -> str:
    """Canonical but for what is wrong with the value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def changed(change: Callable[[Json], object]) -> str:
    value = copy.deepcopy(json.loads(PLAIN))
    change(value)
    return dump(value)


def header(**fields: Any) -> str:
    return changed(lambda value: value["header"].update(fields))


def body(value: Any) -> str:
    return changed(lambda message: message.update(body=value))


def nested(depth: int) -> Any:
    """A body under which the whole message is nested this deep."""
    value: Any = {}
    for _ in range(depth - 2):
        value = {"a": value}
    return value


GOOD = {
    "plain": ("a notice", TEXT),
    "every-field": (
        "posts, releasers and what it replies to",
        header(reply="0a" * 32, releasers=["Lt. Ø. Ås", "watch 2"], to=["duty", "air-watch"]),
    ),
    "unknown-act": (
        "well-formed, whatever it says: it is heard, and not understood",
        header(act="sing"),
    ),
    "unknown-author": ("who may speak is no matter of form", header(author="nobody")),
    "last-serial": ("2^31 - 1", header(serial=2**31 - 1, epoch=2**31 - 1)),
    "last-time": ("2^53 - 1", header(time=2**53 - 1)),
    "empty-salt-of-zeros": ("a bad salt is still a salt", header(salt="0" * 32)),
}


def _good_bodies() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, Any]] = {
        "body-empty": ("a body with nothing in it", {}),
        "body-of-everything": (
            "every kind of value of the profile",
            {"a": [], "b": {"c": None}, "d": [True, False, 0, -1, "", ["x"]], "key_9": "value"},
        ),
        "body-largest-integers": (
            "whole numbers below 2^53 either way",
            {"a": 2**53 - 1, "b": 1 - 2**53},
        ),
        "body-depth-8": ("as deep as a message goes", nested(8)),
        "body-not-nfc": (
            "heard text is never altered, only shown so that it cannot mislead",
            {"a": "e\u0301"},
        ),
        "body-bidi": ("direction controls are heard, and shown escaped", {"a": "abc\u202edef"}),
        "body-controls": (
            "escapes as RFC 8785 writes them",
            {"a": '\b\t\n\f\r"\\\u0001\u001f/\u007f'},
        ),
        "body-astral": (
            "a character beyond the basic plane is itself, not two escapes",
            {"a": "\U0001f54a"},
        ),
        "body-keys-in-order": (
            "keys sort by their octets",
            {"a": 1, "a1": 2, "a_": 3, "ab": 4, "b": 5},
        ),
    }
    return {name: (comment, body(value)) for name, (comment, value) in found.items()}


def _fields() -> dict[str, tuple[str, str]]:
    """Each field of the header missing, and null where it may not be."""
    found = {}
    for field in json.loads(PLAIN)["header"]:
        value = json.loads(PLAIN)
        del value["header"][field]
        found[f"header-without-{field}"] = (f"no {field}", dump(value))
        if field != "reply":
            found[f"header-{field}-null"] = (f"the {field} is null", header(**{field: None}))
    return found


def _headers() -> dict[str, tuple[str, str]]:
    """One field of the header with a value that it cannot have."""
    wrong: dict[str, tuple[str, str, Any]] = {
        "header-extra": ("a field that no header has", "urgent", True),
        "act-uppercase": ("a name is in lower case", "act", "Notify"),
        "act-empty": ("a name has a character at least", "act", ""),
        "act-newline": ("a name ends before a newline, not after it", "act", "notify\n"),
        "act-of-33": ("a name has 32 characters at most", "act", "a" * 33),
        "act-beyond-ascii": ("a name is ASCII", "act", "nótify"),
        "author-with-hyphen": ("a party's name has no hyphen", "author", "north-land"),
        "author-digit-first": ("a name begins with a letter", "author", "1north"),
        "channel-with-space": ("a name has no space", "channel", "high level"),
        "precedence-lower": ("precedences are in capitals", "precedence", "flash"),
        "precedence-unknown": ("there are four precedences", "precedence", "CRITIC"),
        "serial-text": ("a number, not text", "serial", "0"),
        "serial-negative": ("numbers begin with 0", "serial", -1),
        "serial-too-large": ("2^31", "serial", 2**31),
        "serial-true": ("true is no number", "serial", True),
        "epoch-too-large": ("2^31", "epoch", 2**31),
        "time-too-large": ("2^53", "time", 2**53),
        "time-negative": ("time begins in 1970", "time", -1),
        "salt-short": ("15 bytes", "salt", "00" * 15),
        "salt-long": ("17 bytes", "salt", "00" * 17),
        "salt-uppercase": ("hex is in lower case", "salt", "AB" * 16),
        "line-short": ("31 bytes", "line", "00" * 31),
        "line-not-hex": ("g is no digit", "line", "g0" + "00" * 31),
        "accord-base64": ("hex, not base64", "accord", "A" * 43 + "="),
        "reply-empty": ("what replies to nothing says null", "reply", ""),
        "reply-short": ("31 bytes", "reply", "00" * 31),
        "to-text": ("a list, not text", "to", "duty"),
        "to-17": ("16 posts at most", "to", ["duty"] * 17),
        "to-uppercase": ("a post has a name", "to", ["Duty"]),
        "releasers-9": ("8 releasers at most", "releasers", ["a"] * 9),
        "releasers-empty-text": ("a releaser has a character at least", "releasers", [""]),
        "releasers-of-257": ("and 256 at most", "releasers", ["a" * 257]),
    }
    return {
        name: (comment, header(**{key: value})) for name, (comment, key, value) in wrong.items()
    }


def _bodies() -> dict[str, tuple[str, str]]:
    wrong: dict[str, tuple[str, Any]] = {
        "body-null": ("a body is an object", None),
        "body-list": ("a body is an object", []),
        "body-text": ("a body is an object", "text"),
        "body-float": ("1.5", {"a": 1.5}),
        "body-integer-too-large": ("2^53", {"a": 2**53}),
        "body-integer-too-small": ("-2^53", {"a": -(2**53)}),
        "body-integer-huge": ("more than 64 bits", {"a": 10**30}),
        "body-key-uppercase": ("keys are in lower case", {"Text": "a"}),
        "body-key-hyphen": ("keys have no hyphen", {"a-b": "a"}),
        "body-key-digit-first": ("keys begin with a letter", {"1": "a"}),
        "body-key-empty": ("keys are not empty", {"": "a"}),
        "body-key-beyond-ascii": ("keys are ASCII", {"ключ": "a"}),
        "body-key-deep": ("and so are those inside", {"a": [{"B": 1}]}),
        "body-depth-9": ("nested deeper than 8", nested(9)),
        "body-depth-1000": ("nested so deep that a parser might fall over", nested(900)),
    }
    return {name: (comment, body(value)) for name, (comment, value) in wrong.items()}


def replaced(old: str, new: str) -> str:
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


MALFORMED = {
    "empty": ("no bytes at all", ""),
    "top-list": ("the top level is an object", f"[{TEXT}]"),
    "top-text": ("the top level is an object", '"message"'),
    "top-extra": ("a message is a body and a header", changed(lambda value: value.update(note=""))),
    "top-without-body": ("no body", changed(lambda value: value.pop("body"))),
    "top-without-header": ("no header", changed(lambda value: value.pop("header"))),
    "top-repeated": ("the body twice", replaced('{"body":', '{"body":{},"body":')),
    "header-repeated": ("a field twice, the same", replaced('"serial":0', '"serial":0,"serial":0')),
    "body-repeated": (
        "a key twice, first one thing and then another",
        replaced('"kind":', '"kind":"other","kind":'),
    ),
    "header-first": (
        "keys are sorted",
        replaced('{"body":{"kind":"hazard","text":"A drifting mine."},', "{")[:-1] + ',"body":{}}',
    ),
    "body-unsorted": (
        "keys are sorted",
        replaced('"kind":"hazard","text":"A drifting mine."', '"text":"","kind":"hazard"'),
    ),
    "space-after-colon": ("no white space", replaced('"serial":0', '"serial": 0')),
    "space-before": ("no white space", f" {TEXT}"),
    "newline-behind": ("no white space", f"{TEXT}\n"),
    "two-messages": ("one message", TEXT + TEXT),
    "truncated": ("cut off", TEXT[:-1]),
    "comma-trailing": ("no comma before a bracket", replaced('mine."}', 'mine.",}')),
    "comment": ("no comments", replaced('"serial":0', '"serial":0/**/')),
    "byte-order-mark": ("no byte order mark", f"\ufeff{TEXT}"),
    "serial-1-0": ("1.0 is not the one way to write 1", replaced('"serial":0', '"serial":1.0')),
    "serial-1e0": ("nor is 1e0", replaced('"serial":0', '"serial":1e0')),
    "serial-minus-0": ("nor is -0 that of 0", replaced('"serial":0', '"serial":-0')),
    "serial-leading-zero": ("nor is 00", replaced('"serial":0', '"serial":00')),
    "serial-plus": ("nor is +0", replaced('"serial":0', '"serial":+0')),
    "serial-underscore": ("nor is 0_0", replaced('"serial":0', '"serial":0_0')),
    "serial-nan": ("NaN is no number of ours", replaced('"serial":0', '"serial":NaN')),
    "serial-infinity": ("nor is Infinity", replaced('"serial":0', '"serial":Infinity')),
    "body-1-0": ("1.0 in a body", replaced('"hazard"', "1.0")),
    "body-minus-0": ("-0 in a body", replaced('"hazard"', "-0")),
    "body-nan": ("NaN in a body", replaced('"hazard"', "NaN")),
    "escape-of-a-letter": ("a letter is itself", replaced("drifting", "dr\\u0069fting")),
    "escape-of-a-slash": ("so is a slash", replaced("drifting", "\\/")),
    "escape-in-capitals": ("escapes are in lower case", replaced("drifting", "\\u001F")),
    "escape-long": ("a newline has a short escape", replaced("drifting", "\\u000a")),
    "escape-surrogate": ("half a character is none", replaced("drifting", "\\ud83d")),
    "escape-pair": (
        "a character beyond the basic plane is itself",
        replaced("drifting", "\\ud83d\\udd4a"),
    ),
    "control-raw": ("a control character is escaped", replaced("drifting", "\x01")),
    "quote-single": ("strings are in double quotes", replaced('"hazard"', "'hazard'")),
}

NOT_TEXT = {
    "utf-8-invalid": ("not UTF-8", PLAIN.replace(b"drifting", b"\xff")),
    "utf-8-overlong": ("a slash in two bytes", PLAIN.replace(b"drifting", b"\xc0\xaf")),
    "utf-8-surrogate": (
        "half a character in three bytes",
        PLAIN.replace(b"drifting", b"\xed\xa0\xbd"),
    ),
    "utf-8-cut": ("a character cut off", PLAIN.replace(b"mine.", b"mine\xe2\x80")),
    "utf-16": ("another encoding", TEXT.encode("utf-16-le") + b"\xd8"),
}
