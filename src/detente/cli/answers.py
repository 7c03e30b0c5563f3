"""What each command answers with `--json`: one struct a command, one line of output.

docs/cli.md is made from these structs. A field that has been released keeps its name and its
meaning; new ones may be added. Times are ms since 1970 in UTC, hashes lower-case hexadecimal.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct


class Answer(Struct, frozen=True, kw_only=True):
    """The base of the others."""


def field(text: str) -> Meta:
    """What a field means, for docs/cli.md."""
    return Meta(description=text)


LineName = Annotated[str, field("our name of the line")]
Leaf = Annotated[str, field("leaf hash of the message")]
Words = Annotated[tuple[str, ...], field("lines of words to read aloud")]
Exercise = Annotated[bool, field("whether the line is an exercise line")]


class InitAnswer(Answer, frozen=True):
    party: Annotated[str, field("whose station it is")]
    folder: Annotated[str, field("the station's folder")]
    config: Annotated[str, field("its configuration, every key explained in it")]


class CardAnswer(Answer, frozen=True):
    line: LineName
    party: Annotated[str, field("our name")]
    origin: Annotated[str, field("name of our ledger")]
    card: Annotated[str, field("the card's file, to be handed over")]
    made: Annotated[bool, field("whether its keys were made just now")]
    fingerprint: Annotated[str, field("leaf hash of the card: it covers every field")]
    words: Words
    keys: Annotated[tuple[str, ...], field("verifier keys of our ledger, for a witness")]


class KeysAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    keys: Annotated[dict[str, tuple[str, ...]], field("by party: verifier keys of its ledger")]
    file: Annotated[str | None, field("where they were written, if `--out` was given")]


class AccordNewAnswer(Answer, frozen=True):
    accord: Annotated[str, field("the accord's file")]
    id: Annotated[str, field("id of the line: leaf hash of its accord")]
    words: Words
    name: Annotated[str, field("the line's name in the accord")]
    exercise: Exercise
    parties: Annotated[tuple[str, ...], field("in the order of their names")]


class CardShown(Answer, frozen=True):
    party: Annotated[str, field("its name")]
    origin: Annotated[str, field("name of its ledger")]
    fingerprint: Annotated[str, field("leaf hash of its card")]
    words: Words


class ChannelShown(Answer, frozen=True):
    name: Annotated[str, field("its name in messages")]
    title: Annotated[str, field("its name on screens")]
    speakers: Annotated[tuple[str, ...], field("parties that may speak; none means all")]
    passes: Annotated[
        tuple[str, ...], field("acts that pass under suspension beside those of the rules")
    ]
    level: Annotated[str, field("duty, staff, chief or minister; empty: none is agreed")]
    topic: Annotated[str, field("may be empty")]
    answer_s: Annotated[int, field("the clock of a question on it; 0: the accord's")]
    urgent_s: Annotated[int, field("of one that goes IMMEDIATE or FLASH; 0: as any other")]


class AccordShowAnswer(Answer, frozen=True):
    id: Annotated[str, field("id of the line: leaf hash of its accord")]
    words: Words
    name: Annotated[str, field("the line's name in the accord")]
    exercise: Exercise
    vocabulary: Annotated[int, field("version of the acts that may be said")]
    known: Annotated[bool, field("whether this program knows that version")]
    languages: Annotated[tuple[str, ...], field("of the texts")]
    parties: Annotated[tuple[CardShown, ...], field("the cards")]
    channels: Annotated[tuple[ChannelShown, ...], field("the channels")]
    clocks: Annotated[dict[str, Any], field("as in the accord, in seconds")]
    rates: Annotated[dict[str, Any], field("as in the accord, per minute")]
    contacts: Annotated[tuple[dict[str, Any], ...], field("as in the accord")]
    witness_policy: Annotated[dict[str, Any] | None, field("as in the accord")]
    witnesses: Annotated[tuple[dict[str, Any], ...], field("as in the accord")]
    standing_orders: Annotated[tuple[str, ...], field("as in the accord")]
    statistics: Annotated[tuple[str, ...], field("as in the accord")]
    zones: Annotated[tuple[str, ...], field("as in the accord")]
    succeeds: Annotated[str | None, field("id of the line that it continues")]


class AccordJoinAnswer(Answer, frozen=True):
    line: LineName
    id: Annotated[str, field("id of the line: leaf hash of its accord")]
    party: Annotated[str, field("our name")]
    exercise: Exercise
    folder: Annotated[str, field("the line's folder")]
    config: Annotated[str, field("the configuration that the line was added to")]


class ServeAnswer(Answer, frozen=True):
    serving: Annotated[tuple[str, ...], field("the lines, once all of them listen")]
    party: Annotated[str, field("whose station it is")]
    control: Annotated[str, field("the local socket for other commands")]


class DraftAnswer(Answer, frozen=True):
    draft: Annotated[str, field("what `release` takes: the beginning of the digest")]
    line: LineName
    exercise: Exercise
    file: Annotated[str, field("where it is kept")]
    digest: Annotated[str, field("SHA-256 of the content: what two officers compare")]
    words: Words
    text: Annotated[str, field("the act in words")]
    content: Annotated[dict[str, Any], field("all that will be said, but its number and time")]


class DiscardAnswer(Answer, frozen=True):
    draft: Annotated[str, field("the draft that is gone")]
    line: LineName


class Reply(Answer, frozen=True):
    leaf: Annotated[str, field("leaf hash of the reply")]
    act: Annotated[str, field("what it does")]
    author: Annotated[str, field("who said it")]


class TranslationShown(Answer, frozen=True):
    leaf: Leaf
    author: Annotated[str, field("who said it")]
    text: Annotated[str, field("its words, who made it, and who checked it")]


class MessageShown(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    leaf: Leaf
    author: Annotated[str, field("who said it")]
    number: Annotated[str, field("precedence and serial")]
    precedence: Annotated[str, field("ROUTINE, PRIORITY, IMMEDIATE or FLASH")]
    serial: Annotated[int, field("each author counts each precedence without gaps")]
    channel: Annotated[str, field("where it was said")]
    epoch: Annotated[int, field("how often its author had changed its half")]
    act: Annotated[str, field("what it does")]
    time: Annotated[int, field("its author's clock, ms UTC")]
    time_iso: Annotated[str, field("the same in ISO 8601, with Z")]
    recorded: Annotated[int, field("our clock when it was written down, ms UTC")]
    recorded_iso: Annotated[str, field("the same in ISO 8601, with Z")]
    recovered: Annotated[
        bool, field("whether it came back after we had lost it, and may have been shown before")
    ]
    to: Annotated[tuple[str, ...], field("posts; none means all")]
    reply: Annotated[str | None, field("leaf hash of what it answers")]
    releasers: Annotated[tuple[str, ...], field("who let it go")]
    body: Annotated[dict[str, Any], field("what was said, as it was said")]
    text: Annotated[str, field("the act in words, a line for each thing said")]
    texts: Annotated[dict[str, str], field("the same in each language of the line")]
    read_back: Annotated[
        tuple[str, ...], field("its positions in words, from the nearest named places")
    ]
    lead_s: Annotated[
        int | None, field("seconds of warning when we wrote it down; null: it announces no time")
    ]
    too_late: Annotated[bool, field("whether that is less than can be acted on")]
    warnings: Annotated[tuple[str, ...], field("the same in words, as of when we wrote it down")]
    mark: Annotated[str, field("regular, irregular, not understood or contradicted")]
    why: Annotated[str, field("why it is not regular")]
    safety_of_life: Annotated[bool, field("whether it passes under suspension for that")]
    acknowledge_by: Annotated[
        int, field("when a person is to have acknowledged it: its precedence's clock, ms UTC")
    ]
    heard_by: Annotated[tuple[str, ...], field("readers whose signed ledger holds it")]
    replies: Annotated[tuple[Reply, ...], field("what was said to it")]
    translations: Annotated[
        tuple[TranslationShown, ...], field("its words in other languages; the original governs")
    ]


class Released(MessageShown, frozen=True):
    digest: Annotated[str, field("of the content that was released")]
    sealed: Annotated[bool, field("whether our signer has signed it: then it is said")]
    station: Annotated[
        bool, field("whether a running station took it; if not, it travels when one runs")
    ]


class ListAnswer(Answer, frozen=True):
    messages: Annotated[tuple[MessageShown, ...], field("line by line, each in our ledger's order")]
    withheld: Annotated[
        dict[str, tuple[str, ...]],
        field("by line: channels of which the officer need not know; nothing of them is shown"),
    ]


class DraftShown(Answer, frozen=True):
    draft: Annotated[str, field("what `release` takes")]
    line: LineName
    exercise: Exercise
    act: Annotated[str, field("what it would do")]
    channel: Annotated[str, field("where it would be said")]
    text: Annotated[str, field("the act in words")]


class OutboxAnswer(ListAnswer, frozen=True):
    drafts: Annotated[tuple[DraftShown, ...], field("not yet released")]


class TestLineAnswer(Released, frozen=True):
    receipt_ms: Annotated[
        int | None,
        field("ms until every reader's signed receipt was here; null: one was not in time"),
    ]


class SuspensionShown(MessageShown, frozen=True):
    lifted_by: Annotated[tuple[str, ...], field("parties that have lifted it")]


class ObservedShown(Answer, frozen=True):
    last: Annotated[int | None, field("its last words, our clock, ms UTC; null: none")]
    channels: Annotated[dict[str, int], field("its last words, by channel")]
    tests_heard: Annotated[int, field("line tests of others within a day that reached it")]
    tests_answered: Annotated[int, field("of these, those that a person there answered")]
    calls_met: Annotated[int, field("contacts within a day in which it took part")]
    missed: Annotated[int, field("tests and contacts within a day that it was to call")]


class ChannelState(Answer, frozen=True):
    channel: Annotated[str, field("its name")]
    level: Annotated[str, field("duty, staff, chief or minister; empty: the accord has none")]
    topic: Annotated[str, field("as the accord has it; may be empty")]
    joint: Annotated[str, field("open, closed, suspended or contradicted")]
    halves: Annotated[dict[str, str], field("by party: its own half")]
    suspensions: Annotated[
        tuple[SuspensionShown, ...], field("those that some party has yet to lift")
    ]


class Technical(Answer, frozen=True):
    linked: Annotated[bool, field("whether a link is up")]
    path: Annotated[str, field("the address that we dialled, or how it reached us; empty: none")]
    stale: Annotated[bool, field("whether three heartbeats were missed")]
    heard_ago_ms: Annotated[int | None, field("since its last frame")]
    clock_offset_ms: Annotated[int | None, field("its clock minus ours, as last seen")]


class Cosigned(Answer, frozen=True):
    name: Annotated[str, field("the witness")]
    size: Annotated[int | None, field("leaves of our ledger that it last cosigned; null: none yet")]
    time: Annotated[int | None, field("when, by its clock, ms UTC")]


class LineStatus(Answer, frozen=True):
    line: LineName
    id: Annotated[str, field("id of the line")]
    accord: Annotated[str, field("leaf hash of the accord in force: the id, or an amendment")]
    exercise: Exercise
    us: Annotated[str, field("our name")]
    parties: Annotated[tuple[str, ...], field("all of them")]
    vocabulary: Annotated[int, field("version in force")]
    channels: Annotated[tuple[ChannelState, ...], field("what is declared")]
    observed: Annotated[dict[str, ObservedShown], field("by party: how it behaves")]
    due: Annotated[int, field("duties that stand, ours and theirs")]
    late: Annotated[int, field("of these, those that are late")]
    works: Annotated[tuple[MessageShown, ...], field("announced works that are not over")]
    witnessed: Annotated[str, field("the accord's policy of witnesses: met, not met; empty: none")]
    outstanding: Annotated[int, field("leaves in somebody's ledger that nobody has shown us")]
    unreceipted: Annotated[dict[str, int], field("by reader: messages it has not signed for yet")]
    unacknowledged: Annotated[
        tuple[str, ...], field("FLASH messages that wait for a person of ours")
    ]
    contradicted: Annotated[
        tuple[str, ...], field("parties whose signed records contradict each other")
    ]
    recovering: Annotated[bool, field("whether our own ledger is being fetched back")]
    sealed: Annotated[bool, field("whether our signer has signed all that we hold")]
    trouble: Annotated[str | None, field("why it has not")]
    leaves: Annotated[int, field("of our ledger")]
    keys: Annotated[dict[str, tuple[str, ...]], field("by party: verifier keys in force")]
    witnesses: Annotated[tuple[Cosigned, ...], field("what each has cosigned of our ledger")]
    technical: Annotated[dict[str, Technical], field("by party: whether the circuit works")]
    faults: Annotated[
        tuple[str, ...], field("why the journal cannot be written, or nobody can dial us")
    ] = ()
    disk_free_bytes: Annotated[int | None, field("left on the disk of this line")] = None
    unacknowledged_unseen: Annotated[
        int, field("FLASH messages more, on channels of which whoever asks is shown nothing")
    ] = 0
    unmanned: Annotated[
        tuple[str, ...], field("posts of ours that are always manned, and are not")
    ] = ()


class StatusAnswer(Answer, frozen=True):
    station: Annotated[bool, field("whether the station is running")]
    time: Annotated[int, field("our clock, ms UTC")]
    time_iso: Annotated[str, field("the same in ISO 8601, with Z")]
    lines: Annotated[tuple[LineStatus, ...], field("every line of the station")]


class WitnessInitAnswer(Answer, frozen=True):
    name: Annotated[str, field("the witness's name")]
    keys: Annotated[tuple[str, ...], field("its verifier keys")]
    file: Annotated[str, field("the same in a file, for `accord new --witness`")]
    config: Annotated[str, field("the configuration that it was added to")]


class WitnessAdmitAnswer(Answer, frozen=True):
    origins: Annotated[tuple[str, ...], field("ledgers that it cosigns from its next start on")]
    config: Annotated[str, field("the configuration that they were added to")]


class WitnessServeAnswer(Answer, frozen=True):
    name: Annotated[str, field("the witness's name")]
    url: Annotated[str, field("where it listens")]
    logs: Annotated[int, field("how many ledgers it knows")]


class WitnessSubmitAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    sizes: Annotated[dict[str, int], field("by witness: how much of our ledger it cosigned")]


class ExportAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    kind: Annotated[str, field("line, message, statement or non-reply")]
    file: Annotated[str, field("where it was written")]
    bytes: Annotated[int, field("its length")]
    sha256: Annotated[str, field("of the file")]


class FindingShown(Answer, frozen=True):
    file: Annotated[str, field("in which file")]
    code: Annotated[str, field("what kind of fault")]
    where: Annotated[str, field("which part")]
    what: Annotated[str, field("what was found")]
    means: Annotated[str, field("what that means")]
    whose: Annotated[str, field("party that it speaks against; empty: the file")]
    evidence: Annotated[str, field("file that convicts it, if `--evidence` was given, or empty")]


class SignedBy(Answer, frozen=True):
    party: Annotated[str, field("whose ledger")]
    size: Annotated[int, field("how many of its leaves are signed")]
    time: Annotated[int, field("when, by that party's clock, ms UTC")]
    time_iso: Annotated[str, field("the same in ISO 8601, with Z")]


class FileVerified(Answer, frozen=True):
    file: Annotated[str, field("its name")]
    kind: Annotated[str, field("line, message, statement, non-reply, contradiction or book")]
    id: Annotated[str, field("id of the line, or origin of the book")]
    exercise: Exercise
    trust: Annotated[str, field("whose word it is that the keys are the parties'")]
    messages: Annotated[int, field("that it holds")]
    unreceipted: Annotated[int, field("that some reader's ledger does not show")]
    irregular: Annotated[int, field("that do not count as their authors meant them")]
    outstanding: Annotated[int, field("leaves without bytes")]
    signed: Annotated[
        tuple[SignedBy, ...], field("ledgers, or places in them, under their party's signature")
    ]
    cosignatures: Annotated[int, field("of witnesses, that hold")]
    proven: Annotated[
        tuple[str, ...],
        field("of a statement or a non-reply: what it proves, and what it does not"),
    ] = ()


class VerifyAnswer(Answer, frozen=True):
    ok: Annotated[bool, field("whether there is no finding")]
    files: Annotated[tuple[FileVerified, ...], field("those that could be read")]
    findings: Annotated[tuple[FindingShown, ...], field("all that is wrong")]


class CrisisShown(Answer, frozen=True):
    seed: Annotated[int, field("that plays it again")]
    parties: Annotated[int, field("how many")]
    promise: Annotated[str, field("which promise was broken")]
    detail: Annotated[str, field("and how")]
    replay: Annotated[str, field("the command that plays it again")]


class SimulateAnswer(Answer, frozen=True):
    crises: Annotated[int, field("that were played")]
    seed: Annotated[int, field("of the first")]
    counts: Annotated[dict[str, int], field("what happened in all of them")]
    failures: Annotated[tuple[CrisisShown, ...], field("each in which a promise was broken")]
    broken: Annotated[int, field("how many those are")]


class DemoAnswer(Answer, frozen=True):
    messages: Annotated[int, field("that were released")]
    receipts: Annotated[int, field("signed by their readers")]
    lost: Annotated[int, field("released, and in no ledger of a reader")]
    duplicated: Annotated[int, field("twice in a ledger")]
    outstanding: Annotated[int, field("leaves that nobody has shown")]
    due: Annotated[int, field("duties that still stand, on either side")]
    findings: Annotated[int, field("of the audits")]
    p50_ms: Annotated[float, field("median from release to receipt")]
    p99_ms: Annotated[float, field("99th percentile of the same")]


class ErrorShown(Answer, frozen=True):
    kind: Annotated[str, field("Usage, Interrupted, Bug, or a class of docs/protocol.md")]
    what: Annotated[str, field("what went wrong")]
    where: Annotated[str, field("where")]
    mend: Annotated[str, field("how to mend it")]
    exit: Annotated[int, field("the exit code")]


class ErrorAnswer(Answer, frozen=True):
    error: Annotated[ErrorShown, field("why the command failed")]


class FormShown(Answer, frozen=True):
    number: Annotated[int, field("of the form")]
    name: Annotated[str, field("its name in every language")]
    title: Annotated[str, field("its title in the reader's language")]
    acts: Annotated[tuple[str, ...], field("that carry it")]
    precedence: Annotated[str, field("unless its author says otherwise")]
    safety_of_life: Annotated[bool, field("whether it passes under suspension")]
    released_by: Annotated[str, field("watch: whoever is on duty; senior: whom authority names")]
    answer_s: Annotated[int | None, field("seconds until an answer is due; null: the accord's")]
    follows: Annotated[tuple[int, ...], field("forms of which one must precede it")]
    slots: Annotated[dict[str, str], field("each slot, and what may be typed for it")]


class FormsAnswer(Answer, frozen=True):
    forms: Annotated[tuple[FormShown, ...], field("in the order of their numbers")]


class ReadAnswer(Answer, frozen=True):
    language: Annotated[str, field("of the text")]
    act: Annotated[str, field("what it does")]
    body: Annotated[dict[str, Any], field("what it says, as it stands in a message")]
    text: Annotated[str, field("the same in the language asked for; empty: none was")]


class SignalShown(Answer, frozen=True):
    code: Annotated[str, field("of the table, or our name of what is said or seen")]
    set: Annotated[str, field("incsea or icao")]
    by: Annotated[str, field("who gives it: ship, interceptor or intercepted")]
    how: Annotated[str, field("flags (or light, or voice), voice or sight")]
    listed: Annotated[bool, field("whether it is a row of its table")]
    spoken: Annotated[str | None, field("what is given or said; null: it is seen")]
    said_as: Annotated[str | None, field("its pronunciation, as ICAO writes it")]
    times: Annotated[int, field("how often it is said")]
    argument: Annotated[str | None, field("what is given with it, at {} in the meaning")]
    meaning: Annotated[str, field("in the language, in our words")]
    seen: Annotated[str | None, field("what an aircraft is seen to do")]
    reply: Annotated[tuple[str, ...], field("codes, each of which answers it; none: none is due")]
    again: Annotated[bool, field("whether the reply is what was said before, once more")]
    expected_by: Annotated[str, field("who names that reply: a source, memory, or us")]
    code_from: Annotated[str, field("the source of the code, or memory")]
    meaning_from: Annotated[str, field("the source of the meaning, or memory")]
    from_memory: Annotated[
        tuple[str, ...], field("what was written down from memory: code, meaning, reply")
    ]


class SignalsAnswer(Answer, frozen=True):
    language: Annotated[str, field("of the meanings")]
    signals: Annotated[tuple[SignalShown, ...], field("those that were asked for")]
