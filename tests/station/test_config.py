from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from detente.errors import Refused
from detente.people.authority import Row
from detente.station.config import Address, load_config, parse_address, parse_config
from detente.station.settings import File
from detente.station.settings_page import config_example, config_table, settings
from detente.tlog.keys import PrivateKeys
from detente.tlog.note import COSIGNATURE_MLDSA44, ED25519, VerifierKey

FOLDER = Path("/station")
KEYS = PrivateKeys(b"1" * 32, b"2" * 32).public
ORIGIN = "detente/northland/" + "1" * 32
VKEYS = (
    VerifierKey(ORIGIN, ED25519, KEYS.ed25519),
    VerifierKey(ORIGIN, COSIGNATURE_MLDSA44, KEYS.mldsa44),
)
LINE = 'party = "northland"\n[line.demo]\nlisten = "0.0.0.0:7400"\n'
WITNESS = '[witness]\nname = "w1"\nlisten = "[::1]:0"\n'
LOG = f"[[witness.logs]]\norigin = {ORIGIN!r}\nkeys = {[key.text() for key in VKEYS]}\n"

WHOLE = f"""
party = "northland"
control = "/run/detente/control.sock"
disk_reserve_bytes = 1_000_000
language = "ru"
languages = ""
log_format = "json"
log_level = "warning"
[alarm]
command = ["ring", "-x"]
repeat_s = 5
[people]
idle_s = 900
posts = ["watch"]
duress_command = ["tell"]
[[release]]
lines = ["demo"]
acts = ["suspend"]
forms = [12]
precedences = ["FLASH"]
posts = ["chief"]
persons = 2
review = true
[[shift]]
post = "watch"
officer = "alfa"
alternates = ["bravo"]
start = "20261201T060000"
rule = "FREQ=DAILY"
minutes = 480
zone = "Europe/Helsinki"
[credentials]
passphrase = "line-keys"
[authority]
suspend = ["chief"]
restore = ["chief", "deputy"]
[line.demo]
listen = "127.0.0.1:7400"
[line.demo.addresses]
southmark = ["192.0.2.7:7400", "[2001:db8::7]:7401"]
[line.demo.witnesses]
"neutral.example/w1" = {{ url = "https://neutral.example/witness" }}
[line.high-level]
listen = "127.0.0.1:7402"
[witness]
listen = "127.0.0.1:0"
name = "northland.example/w"
keys = "w.json"
state = "/var/lib/w"
{LOG}"""


def test_every_key_arrives() -> None:
    config = parse_config(WHOLE, FOLDER)
    assert (config.party, config.folder) == ("northland", FOLDER)
    assert config.control == Path("/run/detente/control.sock")
    assert (config.disk_reserve_bytes, config.log_level) == (1_000_000, "warning")
    assert (config.alarm.command, config.alarm.repeat_s) == (("ring", "-x"), 5)
    assert config.credentials.passphrase == "line-keys"
    assert (config.people.idle_s, config.people.posts) == (900, ("watch",))
    assert config.people.duress_command == ("tell",)
    assert config.matrix == (
        Row(("demo",), ("suspend",), (12,), ("FLASH",), ("chief",), persons=2, review=True),
    )
    assert [(each.officer, each.alternates) for each in config.shifts] == [("alfa", ("bravo",))]
    assert [*config.lines] == ["demo", "high-level"]
    line = config.lines["demo"]
    assert line.listen == Address("127.0.0.1", 7400)
    assert line.addresses == {
        "southmark": (Address("192.0.2.7", 7400), Address("2001:db8::7", 7401))
    }
    assert line.witnesses == {"neutral.example/w1": "https://neutral.example/witness"}
    assert config.witness is not None
    assert config.witness.listen == Address("127.0.0.1", 0)
    assert config.witness.name == "northland.example/w"
    assert (config.witness.keys, config.witness.state) == (FOLDER / "w.json", Path("/var/lib/w"))
    assert [(log.origin, log.keys) for log in config.witness.logs] == [(ORIGIN, VKEYS)]


def test_authority_is_what_releases_are_judged_by() -> None:
    authority = parse_config(WHOLE, FOLDER).authority
    authority.check("suspend", ("chief",))
    authority.check("notify", ())
    with pytest.raises(Refused, match="suspend may be released by chief only"):
        authority.check("suspend", ("deputy",))


def test_a_short_file_has_sensible_defaults() -> None:
    config = parse_config(LINE, FOLDER)
    assert config.control == FOLDER / "control.sock"
    assert config.alarm.command == ()
    assert config.witness is None
    assert config.lines["demo"].addresses == {}
    assert parse_config("", FOLDER).lines == {}
    assert parse_config(WITNESS, FOLDER).witness is not None


@pytest.mark.parametrize(
    "text, where, mend",
    [
        ("prty = 'x'", "detente.toml: prty: there is no such key", "did you mean party?"),
        ("[alarms]", "alarms: there is no such key", "did you mean alarm?"),
        ("[alarm]\ncomand = []", "alarm.comand: there is no such key", "did you mean command?"),
        (LINE + "adresses = {}", "line.demo.adresses: there", "did you mean addresses?"),
        (LINE + "[line.demo.witnesses]\nw = { uri = 'x' }", "line.demo.witnesses.w.uri", "url?"),
        (WITNESS + "nam = 1", "witness.nam: there is no such key", "did you mean name?"),
        (WITNESS + LOG + "key = 1", "witness.logs[0].key: there is", "did you mean keys?"),
        ("[authority]\nsuspnd = []", "authority.suspnd: there is no such act", "mean suspend?"),
        ("zzzz = 1", "zzzz: there is no such key", "one of alarm, authority, control"),
    ],
)
def test_an_unknown_key_is_refused_naming_the_nearest(text: str, where: str, mend: str) -> None:
    with pytest.raises(Refused, match=re.escape(where)) as caught:
        parse_config(text, FOLDER)
    assert mend in caught.value.mend


@pytest.mark.parametrize(
    "text, why",
    [
        ("party = 1", "party: Expected str, got int (write a party's name)"),
        ("party = 'North Land'", "party: "),
        ("alarm = 3", "alarm: it is not a table (write [alarm] on a line"),
        ("[alarm]\nrepeat_s = 0", "alarm.repeat_s: Expected int >= 1 (write seconds)"),
        ("[alarm]\nrepeat_s = 1.5", "alarm.repeat_s: Expected int, got float"),
        ("[alarm]\nrepeat_s = true", "alarm.repeat_s: Expected int, got bool"),
        ("[alarm]\ncommand = 'ring -x'", "alarm.command: Expected array, got str"),
        ("disk_reserve_bytes = -1", "disk_reserve_bytes: Expected int >= 0"),
        ("log_level = 'loud'", "log_level: Invalid enum value 'loud' (write debug, info"),
        ("control = ''", "control: Expected str of length >= 1"),
        (f"control = '{'x' * 108}'", "control: the path of a socket has at most 107 bytes"),
        ("line = 3", "line: Expected object, got int"),
        ("[line.demo]\nlisten = 'a:1'", "party: it is missing"),
        ("party = 'x'\n[line.demo]", "line.demo.listen: it is missing (write listen = "),
        ("party = 'x'\n[line.'../up']\nlisten = 'a:1'", "line.../up: "),
        (LINE.replace("7400", "99999"), "line.demo.listen: there is no port 99999"),
        (
            LINE.replace(":7400", ""),
            "line.demo.listen: '0.0.0.0' has not the right form (write host:port",
        ),
        (LINE + "addresses = { a = 'b:1' }", "line.demo.addresses.a: Expected array, got str"),
        (LINE + "addresses = { a = ['b:0'] }", "line.demo.addresses.a: there is no port 0"),
        (
            LINE + "addresses = { a = ['b:01'] }",
            "line.demo.addresses.a: ['b:01'] has not the right form",
        ),
        (LINE + "addresses = { 'A B' = [] }", "line.demo.addresses.A B: "),
        (LINE + "addresses = { northland = [] }", "addresses.northland: that is this station"),
        (LINE + f"addresses = {{ a = {['b:1'] * 9} }}", "line.demo.addresses.a: Expected array of"),
        (LINE + "witnesses = { w = 'http://x' }", "line.demo.witnesses.w: it is not a table"),
        (
            LINE + "witnesses = { w = { url = 'ftp://x' } }",
            "line.demo.witnesses.w.url: 'ftp://x' has not",
        ),
        (LINE + "witnesses = { w = { url = 'http://x/' } }", "without a slash at its end"),
        (LINE + "witnesses = { w = { url = 'http://x\\ny' } }", "line.demo.witnesses.w.url"),
        (
            "[credentials]\npassphrase = '../x/y'",
            "credentials.passphrase: '../x/y' has not the right form",
        ),
        ("[witness]\nname = 'w'", "witness.listen: it is missing"),
        (WITNESS + "logs = 3", "witness.logs: Expected array, got int"),
        (WITNESS + "logs = [3]", "witness.logs[0]: it is not a table"),
        (WITNESS + LOG.replace("+", "x", 1), "witness.logs[0].keys: "),
        (WITNESS + LOG.replace(ORIGIN, "other", 1), "is not one of this log"),
        (WITNESS + LOG.replace(VKEYS[1].text(), VKEYS[0].text()), "two keys of one kind"),
        ("party = 'x'\nparty = 'y'", "not TOML: "),
        ("party = ", "not TOML: "),
        ("a = " + "[" * 100_000, "not TOML: "),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(text: str, why: str) -> None:
    with pytest.raises(Refused, match=re.escape(why)):
        parse_config(text, FOLDER)


def test_a_file_is_read_from_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "detente.toml"
    with pytest.raises(Refused, match="there is no such file"):
        load_config(tmp_path)
    path.write_bytes(b"\xff")
    with pytest.raises(Refused, match="not UTF-8"):
        load_config(tmp_path)
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(Refused, match="longer than"):
        load_config(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(Refused, match="cannot be read"):
        load_config(tmp_path)
    path.rmdir()
    path.write_text(WHOLE)
    assert load_config(tmp_path).folder == tmp_path


@pytest.mark.parametrize(
    "text", ["h", "h:", ":1", "::1:80", "[::1]", "h:1\n", "h:+1", "h: 1", "h:１"]
)
def test_an_address_has_one_shape(text: str) -> None:
    with pytest.raises(Refused, match="is not host:port"):
        parse_address(text, "here")


def test_the_example_is_a_configuration() -> None:
    config = parse_config(config_example(), FOLDER)
    assert config == parse_config(
        'party = "northland"\n[alarm]\n[credentials]\n[line.demo]\nlisten = "0.0.0.0:7400"', FOLDER
    )
    assert max(len(line) for line in config_example().splitlines()) <= 100


def test_every_comment_of_the_example_that_is_a_key_may_be_taken_in() -> None:
    shown = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", config_example())
    raw = tomllib.loads(shown)
    [log] = raw["witness"].pop("logs")
    assert {*log} == {"keys", "origin"}
    assert parse_config(shown[: shown.index("[[")], FOLDER).witness is not None
    file = msgspec.convert(raw, File)
    assert file.line["demo"].witnesses


def test_the_manual_knows_every_key() -> None:
    keys = [(item.table, item.key) for item in settings()]
    assert len(keys) == len({*keys})
    written = tomllib.loads(WHOLE)
    for table, section in {
        "": written,
        "alarm": written["alarm"],
        "credentials": written["credentials"],
        "line.NAME": written["line"]["demo"],
        "witness": written["witness"],
        "[witness.logs]": written["witness"]["logs"][0],
        "people": written["people"],
        "[release]": written["release"][0],
        "[shift]": written["shift"][0],
    }.items():
        tables = {
            "alarm", "credentials", "line", "witness", "logs", "people", "release", "shift",
        }  # fmt: skip
        assert {key for where, key in keys if where == table} == {*section} - tables
    for item in settings():
        assert f"| `{item.key}` | {item.shape} |" in config_table()
        assert item.meaning
        assert item.shape
