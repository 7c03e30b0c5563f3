"""What `detente verify` does with files: each is read alone, and what one hides no other loses."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from detente.audit import (
    NOT_PROVEN,
    Agreed,
    Code,
    Finding,
    Report,
    Trusted,
    audit,
    check_message,
    check_non_reply,
    check_statement,
    convict,
    format_contradiction,
    parse_contradiction,
    parse_evidence,
    parse_export,
)
from detente.audit.books import check_book
from detente.audit.exports import EXPORT_BYTES_MAX
from detente.audit.findings import MEANS as FINDING_MEANS
from detente.audit.messages import Place
from detente.cli.answers import FileVerified, FindingShown, SignedBy, VerifyAnswer
from detente.cli.progress import Bar, no_bar
from detente.cli.reach import read_accord, read_card, read_file
from detente.errors import DetenteError, Equivocated, Forged, Malformed
from detente.line.accord import Accord, Card, parse_accord
from detente.phrase.dtg import iso
from detente.phrase.words import DATA_WORDS, unspell
from detente.station.files import replace
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash

MESSAGE: Final = b'"format":"detente-message@'
STATEMENT: Final = b'"format":"detente-statement@'
NON_REPLY: Final = b'"format":"detente-nonreply@'
BOOK: Final = b'"format":"detente-book@'
CONTRADICTION: Final = b'"format":"detente-contradiction@'
MEANS: Final = {
    Malformed: "This is no file for verifying, or it was changed or is damaged.",
    Forged: "The file was changed or is damaged, or somebody made it up. Believe nothing in it.",
}
TRUST: Final = (
    "This is not the line, or not the party, that you came to check. Believe nothing in it."
)


ACCORD_BROUGHT: Final = "You brought the accord, and so every party's keys."
LINE_NAMED: Final = "You named this line, and so every party's keys."
CARDS_BROUGHT: Final = "You brought the fingerprint of every party."
BOOK_KEYS: Final = (
    "Whose keys these are is the word of the file: compare their digest with what the station's "
    "administrator wrote down."
)
UNAUTHORISED: Final = (
    "The book itself shows that this was done without the persons that the station's own matrix "
    "asks for. Ask whoever kept the station."
)
WORD_OF_THE_FILE: Final = (
    "Whose keys these are is the word of the file: bring --card-words or --fingerprint."
)
NOT_SHOWN: Final = (
    "That no other party belongs to the line, and whether it is an exercise, is the word of the "
    "file: only the accord shows it."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Brought:
    """What the verifier got from somebody else than the files."""

    terms: bytes | None
    line: Hash | None
    cards: frozenset[Hash]
    words: tuple[bytes, ...]  # the first bytes of a card's fingerprint

    @classmethod
    def of(
        cls, accord: Path | None, line: str | None, cards: Sequence[Path], words: Sequence[str],
        fingerprints: Sequence[str] = (),
    ) -> Brought:  # fmt: skip
        terms = read_accord(accord)[0] if accord else None
        named = _line(line) if line else None
        if terms is not None and named not in (None, leaf_hash(terms)):
            raise click.UsageError("--accord and --line are of two lines.")
        return cls(
            terms,
            leaf_hash(terms) if terms is not None else named,
            frozenset(read_card(path).fingerprint() for path in cards)
            | {_line(text, "--fingerprint") for text in fingerprints},
            tuple(unspell(_lines(text)) for text in words),
        )

    def trusted(self, cards: Sequence[Card]) -> Trusted:
        """The same for one line: words become the fingerprints that they begin."""
        prints = [card.fingerprint() for card in cards]
        heard = {each for each in prints if each.startswith(self.words)} if self.words else set()
        return Trusted(self.line, self.cards | heard)

    def unmet(self, file: str, cards: Sequence[Card]) -> list[FindingShown]:
        """Words that none of these cards has."""
        prints = [card.fingerprint() for card in cards]
        return [
            _finding(
                file, "trust", "accord", f"no party's card has the words of {each.hex()}", TRUST
            )
            for each in self.words
            if not any(one.startswith(each) for one in prints)
        ]


def _line(text: str, option: str = "--line") -> Hash:
    try:
        value = bytes.fromhex(text) if text == text.strip() else b""
    except ValueError:
        value = b""
    if len(value) != HASH_BYTES:
        raise click.BadParameter("not 64 hexadecimal digits", param_hint=option)
    return Hash(value)


def _lines(text: str) -> list[str]:
    """Words in lines of five, however they were broken when they were typed."""
    words, size = text.split(), DATA_WORDS + 1
    return [" ".join(words[at : at + size]) for at in range(0, len(words), size)]


def check_files(
    files: Sequence[Path], brought: Brought, evidence: Path | None = None, bar: Bar = no_bar
) -> VerifyAnswer:
    """Everything that is wrong with any of them. `evidence`: the folder for what convicts a party;
    `bar` shows how far a long file is read.
    """
    verified, findings = list[FileVerified](), list[FindingShown]()
    for path in files:
        name = str(path)
        try:
            data = read_file(path, EXPORT_BYTES_MAX)
            if STATEMENT in data:
                one, found = _check_statement(name, data, brought)
            elif NON_REPLY in data:
                one, found = _check_non_reply(name, data, brought)
            elif MESSAGE in data:
                one, found = _check_message(name, data, brought)
            elif BOOK in data:
                one, found = _check_book(name, data)
            elif CONTRADICTION in data:
                one, found = _check_contradiction(name, data, brought)
            else:
                one, found = _check_line(path, data, brought, evidence, bar)
        except (Malformed, Forged) as error:
            findings.append(_failed(name, error))
            continue
        verified.append(one)
        findings += found
    return VerifyAnswer(ok=not findings, files=tuple(verified), findings=tuple(findings))


def _check_line(
    path: Path, data: bytes, brought: Brought, evidence: Path | None, bar: Bar
) -> tuple[FileVerified, list[FindingShown]]:
    name, export = str(path), parse_export(data)
    accord = parse_accord(export.terms)
    with bar(f"reading {path.name}") as progress:
        report = audit(export, brought.trusted(accord.parties), progress=progress)
    findings = brought.unmet(name, accord.parties)
    for number, each in enumerate(report.findings, 1):
        kept = _kept(evidence, f"{path.stem}.{number}", each) if evidence else ""
        shown = _finding(name, each.code.value, each.where, each.what, each.means, each.whose)
        findings.append(msgspec.structs.replace(shown, evidence=kept))
    return _line_verified(name, leaf_hash(export.terms), accord, report), findings


def _check_book(name: str, data: bytes) -> tuple[FileVerified, list[FindingShown]]:
    """A station's book: that it was signed so, and that nothing in it lacked authority."""
    book = check_book(data)
    counts = Counter(type(leaf.what).__name__ for leaf in book.leaves)
    proven = (
        f"{len(book.leaves)} entries, signed at {iso(book.time_s * 1_000)}",
        f"by keys with the digest {book.keys.hex()}",
        *(f"{count} {kind}" for kind, count in sorted(counts.items())),
        *(f"the station's clock was put back before leaf {number}" for number in book.put_back),
    )
    verified = FileVerified(
        file=name, kind="book", id=book.origin, exercise=False, trust=BOOK_KEYS, messages=0,
        unreceipted=0, irregular=0, outstanding=0,
        signed=(_signed(book.origin, len(book.leaves), book.time_s),), cosignatures=0,
        proven=proven,
    )  # fmt: skip
    findings = [
        _finding(name, "authority", f"leaf {number}", what, UNAUTHORISED)
        for number, what in book.faults
    ]
    return verified, findings


def _kept(folder: Path, name: str, found: Finding) -> str:
    """The file that convicts a party, for whoever has the accord; empty if nobody is convicted."""
    if found.evidence is None:
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{found.whose}.contradiction.json"
    replace(path.absolute(), format_contradiction(found.evidence), 0o600)
    return str(path)


def _check_contradiction(
    name: str, data: bytes, brought: Brought
) -> tuple[FileVerified, list[FindingShown]]:
    """Whom it convicts is a finding against that party, and not against the file."""
    terms, found = _terms(brought, "A contradiction"), parse_contradiction(data)
    try:
        convict(terms, found.evidence, found.rekeys)
    except Equivocated as error:
        whose, means = error.where.removeprefix("ledgers of "), FINDING_MEANS[Code.EQUIVOCATION]
        finding = _finding(name, Code.EQUIVOCATION.value, error.where, error.what, means, whose)
    return _alone(name, "contradiction", terms, messages=0), [finding]


def _check_statement(
    name: str, data: bytes, brought: Brought
) -> tuple[FileVerified, list[FindingShown]]:
    """The texts that the parties agreed to, and whose keys those are."""
    agreed = check_statement(data)
    proven = (
        *(f"{code}: {text}" for code, text in sorted(agreed.texts.items())),
        f"agreed by {', '.join(card.party for card in agreed.cards)}",
        f"to be published from {iso(agreed.publish_s * 1_000)} on",
    )
    said = (agreed.proposal, *agreed.accepts, agreed.conclusion)
    trust, wrong = _whose(agreed, brought)
    verified = FileVerified(
        file=name, kind="statement", id=agreed.line.hex(), exercise=agreed.exercise, trust=trust,
        messages=len(said), unreceipted=sum(len(m.heard) < len(agreed.cards) - 1 for m in said),
        irregular=0, outstanding=0, signed=tuple(_placed(m.said) for m in said),
        cosignatures=0, proven=proven,
    )  # fmt: skip
    findings = [_finding(name, "trust", "statement", what, TRUST) for what in wrong]
    return verified, [*brought.unmet(name, agreed.cards), *findings]


def _whose(agreed: Agreed, brought: Brought) -> tuple[str, list[str]]:
    """Whose word it is, and what speaks against it. A line's id alone vouches for no card."""
    trusted = brought.trusted(agreed.cards)
    if trusted.line not in (None, agreed.line):
        return WORD_OF_THE_FILE, [f"this is line {agreed.line.hex()}"]
    if brought.terms is not None:
        accord = parse_accord(brought.terms)
        if (accord.parties, accord.exercise) == (agreed.cards, agreed.exercise):
            return ACCORD_BROUGHT, []
        return WORD_OF_THE_FILE, ["its cards, or whether it is an exercise, are not the accord's"]
    prints = {card.fingerprint() for card in agreed.cards}
    wrong = [f"no party has the card {each.hex()}" for each in sorted(trusted.cards - prints)]
    if unknown := agreed.untrusted(trusted.cards):
        names = " and ".join(unknown)
        wrong.append(f"that these are the keys of {names} is the word of the file")
    return f"{WORD_OF_THE_FILE if wrong else CARDS_BROUGHT} {NOT_SHOWN}", wrong


def _check_non_reply(
    name: str, data: bytes, brought: Brought
) -> tuple[FileVerified, list[FindingShown]]:
    """That a question stands in a ledger and no leaf of it answers; and what that does not show."""
    found = check_non_reply(data)
    accord, line = parse_accord(found.terms), leaf_hash(found.terms)
    asked = found.question.header
    proven = (
        f"{asked.author} asked {found.party} at {iso(asked.time)} by its own clock",
        f"the question stands at leaf {found.index} of {found.party}'s ledger",
        f"{found.party} signed {found.size} leaves of it at {iso(found.time_s * 1_000)}",
        *_no_answer(found.size, found.unseen),
        *(f"NOT proven: {each}" for each in NOT_PROVEN),
    )
    trusted, findings = brought.trusted(accord.parties), brought.unmet(name, accord.parties)
    unknown = [c.party for c in accord.parties if c.fingerprint() not in trusted.cards]
    trust = WORD_OF_THE_FILE if unknown else CARDS_BROUGHT
    if trusted.line == line:
        trust = LINE_NAMED
    elif trusted.line is not None:
        what = f"this is line {line.hex()}, not {trusted.line.hex()}"
        findings.append(_finding(name, "trust", "accord", what, TRUST))
    elif trusted.cards and unknown:
        what = f"no fingerprint that you brought is of {', '.join(unknown)}"
        findings.append(_finding(name, "trust", "accord", what, TRUST))
    verified = msgspec.structs.replace(
        _alone(name, "non-reply", found.terms, messages=found.size - 1 - found.unseen),
        outstanding=found.unseen, proven=proven, trust=trust,
        signed=(_signed(found.party, found.size, found.time_s),),
    )  # fmt: skip
    return verified, findings


def _no_answer(size: int, unseen: int) -> tuple[str, ...]:
    if not unseen:
        return ("none of these leaves answers",)
    return (
        f"none of the {size - unseen} leaves whose bytes are here answers",
        f"NOT proven: that no leaf of the {unseen} whose bytes are not here answers",
    )


def _alone(name: str, kind: str, terms: bytes, messages: int) -> FileVerified:
    """A file that is checked against the accord that the verifier brought."""
    return FileVerified(
        file=name, kind=kind, id=leaf_hash(terms).hex(), exercise=parse_accord(terms).exercise,
        trust=ACCORD_BROUGHT, messages=messages,
        unreceipted=0, irregular=0, outstanding=0, signed=(), cosignatures=0,
    )  # fmt: skip


def _terms(brought: Brought, what: str) -> bytes:
    if brought.terms is None:
        raise click.UsageError(f"{what} is checked against its line's accord: --accord FILE.")
    return brought.terms


def _line_verified(name: str, line: Hash, accord: Accord, report: Report) -> FileVerified:
    return FileVerified(
        file=name, kind="line", id=line.hex(), exercise=accord.exercise, trust=report.trust,
        messages=len(report.messages), unreceipted=len(report.unreceipted),
        irregular=len(report.irregular), outstanding=len(report.outstanding),
        signed=tuple(_signed(each.party, each.size, each.time_s) for each in report.signatures),
        cosignatures=len(report.cosignatures),
    )  # fmt: skip


def _check_message(
    name: str, data: bytes, brought: Brought
) -> tuple[FileVerified, list[FindingShown]]:
    terms, found = _terms(brought, "A message"), parse_evidence(data)
    accord = parse_accord(terms)
    proven = check_message(terms, found.message.encode(), found.proofs, found.rekeys)
    places = (proven.said, *proven.heard)
    signed = tuple(map(_placed, places))
    verified = msgspec.structs.replace(
        _alone(name, "message", terms, messages=1),
        unreceipted=int(len(places) < len(accord.parties)),
        signed=signed,
    )
    return verified, brought.unmet(name, accord.parties)


def _placed(place: Place) -> SignedBy:
    return _signed(place.party, place.index + 1, place.time_s)


def _signed(party: str, size: int, time_s: int) -> SignedBy:
    return SignedBy(party=party, size=size, time=time_s * 1000, time_iso=iso(time_s * 1000))


def _failed(file: str, error: DetenteError) -> FindingShown:
    means = MEANS[Forged] if isinstance(error, Forged) else MEANS[Malformed]
    mend = f" ({error.mend})" if error.mend else ""
    return _finding(file, type(error).__name__.lower(), error.where, error.what + mend, means)


def _finding(
    file: str, code: str, where: str, what: str, means: str, whose: str = ""
) -> FindingShown:
    return FindingShown(
        file=file, code=code, where=where, what=what, means=means, whose=whose, evidence=""
    )
