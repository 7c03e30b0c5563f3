"""What is known of a line: the value that `evolve` folds a journal into, and what is asked of it.

Everything that `evolve` keeps is a function of *sets*: of the messages in our ledger and of the
ledgers we were shown, whatever order they came in. So two stations that hold the same messages hold
the same shared state. Only our own ledger, our journal's length and the branch we stay on depend on
order.

Maps are persistent (rpds): a state is a value, and an older one stays what it was.
"""

from __future__ import annotations

import dataclasses
from typing import Final, NamedTuple, assert_never

import msgspec
from rpds import HashTrieMap, HashTrieSet

from detente.errors import Forged, Refused
from detente.line import rules
from detente.line.accord import Accord, Channel, parse_accord
from detente.line.form import Form
from detente.line.message import Number, Precedence
from detente.line.rules import Half, Joint, Mark, Passes, Row, Thread, Vocabularies
from detente.tlog.advance import Branch
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.keys import PublicKeys
from detente.tlog.mirror import Mirror


class Written(NamedTuple):
    """Where a message stands with us, and since when: nobody else's affair, and no rule's."""

    size: int  # bytes of the leaf
    place: int  # index in our own ledger
    entry: int  # index in our journal
    recorded_at: int  # our clock, ms UTC
    recovered: bool  # it came back to us: we had it, and lost it


class Said(msgspec.Struct, frozen=True, gc=False):
    """What the fold keeps of a message: its header's part in the rules, and where its bytes are."""

    author: str
    precedence: Precedence
    serial: int
    channel: str
    epoch: int
    act: str
    accord: Hash
    reply: Hash | None
    time: int  # the author's clock, ms UTC
    size: int  # bytes of the leaf
    place: int  # index in our own ledger
    entry: int  # index in our journal
    recorded_at: int  # our clock, ms UTC
    recovered: bool  # it came back to us: we had it, and may have shown it before
    row: Row | None  # None: not understood
    form: Form | None  # that its body fills in
    safety_of_life: bool
    named: tuple[Hash, ...]  # suspensions that a Restore lifts, acceptances that a Conclude names
    review: int  # of a suspension, when its author looks at it again, ms UTC; of all else 0
    contact: str  # of a call-up, the contact of the accord that it is for; of all else empty

    @property
    def number(self) -> Number:
        return self.author, self.precedence, self.serial


class Step(NamedTuple):
    """A half after the FLASH message with this serial."""

    serial: int
    half: Half


INDEX_MAX: Final = 2**53
REPLIES_BACK_MAX: Final = 16  # messages looked at, each the original of the last, for what passes
History = tuple[Step, ...]
UNBEGUN: Final[History] = (Step(-1, Half.CLOSED),)


@dataclasses.dataclass(frozen=True, slots=True)
class Generation:
    """Keys of a party, and the leaf that brought them into force (None: the accord)."""

    leaf: Hash | None
    keys: PublicKeys
    next_keys: str


@dataclasses.dataclass(frozen=True, slots=True)
class Amendment:
    """A proposed accord. It stands when every party has consented."""

    leaf: Hash
    accord: Accord
    predecessor: Hash


class Verdict(NamedTuple):
    mark: Mark
    why: str = ""


_REGULAR: Final = Verdict(Mark.REGULAR)


class State(msgspec.Struct, frozen=True):
    """One party's knowledge of one line. A struct for the speed of `replace`: it is never
    encoded.
    """

    us: str
    terms: bytes  # the first accord's canonical bytes: leaf 0 of every ledger
    first: Accord
    others: tuple[str, ...]  # the other parties
    vocabularies: Vocabularies
    line: Hash
    length: int = 0  # journal entries folded
    own: Mirror = Mirror()
    # the first is the one we stay on
    branches: HashTrieMap[str, tuple[Branch, ...]] = HashTrieMap()
    # leaf: lowest index, any branch
    vouched: HashTrieMap[str, HashTrieMap[Hash, int]] = HashTrieMap()
    outstanding: HashTrieSet[Hash] = HashTrieSet()  # leaves in somebody's ledger, without bytes
    messages: HashTrieMap[Hash, Said] = HashTrieMap()
    numbers: HashTrieMap[Number, tuple[Hash, ...]] = HashTrieMap()
    tallies: HashTrieMap[tuple[str, Precedence], int] = HashTrieMap()  # serials without a gap
    lacking: HashTrieMap[str, HashTrieSet[Hash]] = HashTrieMap()  # what each reader has yet to hear
    released: HashTrieMap[Hash, Hash] = HashTrieMap()  # our own leaves, by the digest of content
    replies: HashTrieMap[Hash, tuple[Hash, ...]] = HashTrieMap()
    begun: HashTrieMap[Thread, HashTrieSet[Hash]] = HashTrieMap()  # what begins a thread
    suspensions: HashTrieMap[str, tuple[Hash, ...]] = HashTrieMap()  # by channel
    lifted: HashTrieMap[Hash, tuple[Hash, ...]] = HashTrieMap()  # Restores, by suspension named
    halves: HashTrieMap[tuple[str, str], History] = HashTrieMap()  # by author and channel
    folded: HashTrieMap[str, int] = HashTrieMap()  # FLASH serials that the halves account for
    rekeys: HashTrieMap[str, tuple[tuple[int, Generation], ...]] = HashTrieMap()  # by FLASH serial
    amendments: HashTrieMap[Hash, Amendment] = HashTrieMap()
    accords: HashTrieMap[Hash, Accord] = HashTrieMap()  # those with every party's consent
    standing: Hash = Hash(b"")  # the accord that we speak under
    unjudged: HashTrieMap[Hash, bytes] = HashTrieMap()  # leaves under an accord we do not know yet

    # -- parties and ledgers ---------------------------------------------------------------------

    @property
    def accord(self) -> Accord:
        return self.accords[self.standing]

    def whose(self, origin: str) -> str:
        """The party whose ledger has this origin, or `Forged`."""
        for card in self.first.parties:
            if card.origin == origin:
                return card.party
        raise Forged("no party of this line keeps such a ledger", where=f"origin {origin!r}")

    def mirror(self, party: str) -> Mirror:
        """As much of a ledger as its owner signed and we were shown, on the branch we stay on."""
        found = self.branches.get(party)
        return found[0].mirror if found else Mirror()

    def mirrors(self, party: str) -> tuple[Mirror, ...]:
        """What an advance of a ledger may continue: our own ledger, and every branch shown."""
        own = (self.own,) if party == self.us else ()
        return own + tuple(branch.mirror for branch in self.branches.get(party, ()))

    def vouches(self, party: str, leaf: Hash) -> bool:
        """Whether a party has signed a ledger with this leaf in it."""
        found = self.vouched.get(party)
        return found is not None and leaf in found

    def place(self, party: str, leaf: Hash) -> int:
        """The index of a leaf in a party's ledger, or `INDEX_MAX` if we saw none with it."""
        if party == self.us:
            return self.messages[leaf].place
        found = self.vouched.get(party)
        index = found.get(leaf) if found is not None else None
        return INDEX_MAX if index is None else index

    @property
    def signed(self) -> Mirror:
        """As much of our own ledger as we were shown under our own signature, held by us or not."""
        shown = self.mirrors(self.us)[1:]
        ours = (m for m in shown if m.starts_with(self.own) or self.own.starts_with(m))
        return next(ours, Mirror())

    @property
    def recovering(self) -> bool:
        """Whether our own signature has been seen over more than we hold."""
        return self.us in self.branches and self.signed.size > self.own.size

    @property
    def contradicted(self) -> tuple[str, ...]:
        """Parties with two records that contradict each other; ours are a record too."""
        return tuple(party for party in self.first.names if len(_parted(self.mirrors(party))) > 1)

    def generations(self, party: str) -> tuple[Generation, ...]:
        """A party's keys, oldest first: those of the accord, then each that a rekey revealed."""
        card = self.first.card(party)
        assert card is not None
        found = [Generation(None, card.keys, card.next_keys)]
        for _, generation in self.rekeys.get(party, ()):
            if generation.keys.digest().hex() == found[-1].next_keys:
                found.append(generation)
        return tuple(found)

    # -- numbers and halves ----------------------------------------------------------------------

    def tally(self, author: str, precedence: Precedence) -> int:
        """How many of an author's numbers we hold without a gap: the next serial to expect."""
        return self.tallies.get((author, precedence), 0)

    def history(self, author: str, channel: str) -> History:
        return self.halves.get((author, channel), UNBEGUN)

    def half(self, author: str, channel: str) -> Half:
        return self.history(author, channel)[-1].half

    def standing_suspensions(self, channel: str) -> tuple[Hash, ...]:
        """Suspensions of a channel that some party has yet to lift."""
        return tuple(
            leaf
            for leaf in self.suspensions.get(channel, ())
            if self.mark(leaf) is Mark.REGULAR and self.lifters(leaf) != frozenset(self.first.names)
        )

    def lifters(self, suspension: Hash) -> frozenset[str]:
        """The parties that have lifted a suspension."""
        channel = self.messages[suspension].channel
        return frozenset(
            self.messages[leaf].author
            for leaf in self.lifted.get(suspension, ())
            if self.messages[leaf].channel == channel and self.mark(leaf) is Mark.REGULAR
        )

    def joint(self, channel: str) -> Joint:
        """What a channel is, of everything that every party has said about it."""
        halves = [self.half(party, channel) for party in self.first.names]
        return rules.joint(halves, len(self.standing_suspensions(channel)))

    # -- marks -------------------------------------------------------------------------------------

    def mark(self, leaf: Hash) -> Mark:
        return self.verdict(leaf).mark

    def verdict(self, leaf: Hash) -> Verdict:
        """How a message in our ledger counts, and why."""
        said = self.messages[leaf]
        if len(self.numbers[said.number]) > 1:
            return Verdict(Mark.CONTRADICTED, "another message has the same number")
        verdict = self.judge(said)
        if verdict.mark is Mark.REGULAR and said.serial >= self.tally(said.author, said.precedence):
            return Verdict(Mark.IRREGULAR, "an earlier number is missing")
        if verdict.mark is Mark.REGULAR and self._late(said):
            return Verdict(Mark.IRREGULAR, "it names an epoch that was already over")
        return verdict

    def judge(self, said: Said) -> Verdict:
        """A message by the tables alone, by its author's half at the epoch that it names."""
        accord = self.accords.get(said.accord)
        channel = accord.channel(said.channel) if accord else None
        if said.row is None or channel is None:
            why = "act or body" if accord and channel else "channel" if accord else "accord"
            return Verdict(Mark.NOT_UNDERSTOOD, f"an unknown {why}")
        if (verdict := self._judge_words(said, said.row, channel)) is not _REGULAR:
            return verdict
        history = self.history(said.author, said.channel)
        if said.epoch >= len(history):
            return Verdict(Mark.NOT_UNDERSTOOD, "an unknown epoch")
        half = history[said.epoch].half
        if rules.after(half, said.row, passes=self.passes(said, channel)) is None:
            return Verdict(Mark.IRREGULAR, f"not on a half that is {half.value}")
        return _REGULAR

    def binds(self, leaf: Hash) -> bool:
        """Whether a message counts whatever half its author was in.

        What makes an accord is asked this and not for its mark: a half may hang on what was said
        under an accord, so no accord may hang on a half. Nor does a number used twice undo it, or
        one party could take back an accord, and with it all that the others have said under it.
        """
        said = self.messages[leaf]
        accord = self.accords.get(said.accord)
        channel = accord.channel(said.channel) if accord else None
        if said.row is None or channel is None:
            return False
        whole = said.serial < self.tally(said.author, said.precedence)
        return whole and self._judge_words(said, said.row, channel) is _REGULAR

    def passes(self, said: Said, channel: Channel) -> bool:
        """Whether a message may also be said on a half that is not open."""
        for _ in range(REPLIES_BACK_MAX):
            if said.act in channel.passes:
                return True
            passes = said.row.passes if said.row else Passes.NEVER
            match passes:
                case Passes.ALWAYS:
                    return True
                case Passes.SAFETY_OF_LIFE:
                    return said.safety_of_life
                case Passes.WITH_ITS_ORIGINAL:
                    original = self.messages.get(said.reply) if said.reply else None
                    if original is None:
                        return False
                    said = original
                case Passes.NEVER:
                    return False
                case _:
                    assert_never(passes)
        return False

    def _judge_words(self, said: Said, row: Row, channel: Channel) -> Verdict:
        if (reply := self._judge_reply(said, row)) is not _REGULAR:
            return reply
        if said.form is not None:
            verdict = self._judge_form(said, said.form)
            if verdict is not _REGULAR:
                return verdict
        if channel.speakers and said.author not in channel.speakers and not rules.anywhere(row):
            return Verdict(Mark.IRREGULAR, "its author may not speak on this channel")
        if not rules.properly_sent(row, said.precedence, said.size):
            return Verdict(Mark.IRREGULAR, "the wrong precedence or size for FLASH")
        return _REGULAR

    def _judge_reply(self, said: Said, row: Row) -> Verdict:
        if not row.replies_to:
            # it may name what it is about; nothing else hangs on it
            return self._judge_raise(said) if said.act == "raise" else _REGULAR
        if said.reply is None:
            return Verdict(Mark.IRREGULAR, "a reply to nothing")
        original = self.messages.get(said.reply)
        if original is None:
            return Verdict(Mark.NOT_UNDERSTOOD, "a reply to what we have not heard")
        apart = original.channel != said.channel and not rules.anywhere(row)
        if apart or not rules.answers(row, original.act):
            return Verdict(Mark.IRREGULAR, f"no reply to {original.act} on {original.channel}")
        if not rules.by_whom(row.by, ours=original.author == said.author):
            return Verdict(Mark.IRREGULAR, f"a reply only to a message of {row.by.value}")
        if said.act in rules.SAME_FORM and said.form not in (None, original.form):
            return Verdict(Mark.IRREGULAR, "another form than what it replies to")
        return self._judge_conclusion(said) if said.act == "conclude" else _REGULAR

    def _judge_raise(self, said: Said) -> Verdict:
        """A matter is raised from its own channel to one of a higher level."""
        if said.reply is None:
            return Verdict(Mark.IRREGULAR, "it raises nothing")
        matter = self.messages.get(said.reply)
        if matter is None:
            return Verdict(Mark.NOT_UNDERSTOOD, "it raises what we have not heard")
        accord = self.accords[said.accord]
        below, above = accord.channel(matter.channel), accord.channel(said.channel)
        assert above is not None
        if below is None or not below.level or not above.level:
            return Verdict(Mark.IRREGULAR, "the accord gives these channels no level")
        if above.level.height <= below.level.height:
            return Verdict(Mark.IRREGULAR, f"{above.level.value} is no higher than its own level")
        return _REGULAR

    def _judge_form(self, said: Said, form: Form) -> Verdict:
        """What must precede a form: a message of one of these forms, which it names."""
        follows = form.follows
        if follows is None or said.act in rules.SAME_FORM:
            return _REGULAR  # what is revised or corrected was judged itself
        original = self.messages.get(said.reply) if said.reply else None
        if original is None:
            why = "what we have not heard" if said.reply else "nothing"
            mark = Mark.NOT_UNDERSTOOD if said.reply else Mark.IRREGULAR
            return Verdict(mark, f"form {form.number} to {why}")
        if original.form is None or original.form.number not in follows.forms:
            return Verdict(Mark.IRREGULAR, f"form {form.number} follows another form than that")
        by = rules.WHOSE[follows.by]
        if not rules.by_whom(by, ours=original.author == said.author):
            return Verdict(Mark.IRREGULAR, f"form {form.number} follows only one of {by.value}")
        return _REGULAR

    def _judge_conclusion(self, said: Said) -> Verdict:
        """Agreed is what every other party has accepted, word for word, and its proposer says so.

        An acceptance is looked at for what it is, and not for its mark: nobody takes back with a
        number used twice what another has concluded on.
        """
        accepted = set[str]()
        for leaf in said.named:
            accept = self.messages.get(leaf)
            if accept is None:
                return Verdict(Mark.NOT_UNDERSTOOD, "an acceptance that we have not heard")
            if accept.row is None or (accept.act, accept.reply) != ("accept", said.reply):
                return Verdict(Mark.IRREGULAR, "it names what is no acceptance of this proposal")
            accepted.add(accept.author)
        if accepted != set(self.first.names) - {said.author}:
            return Verdict(Mark.IRREGULAR, "not every other party has accepted")
        return _REGULAR

    def _late(self, said: Said) -> bool:
        """What moves a half counts only where the history shows that it did."""
        history = self.history(said.author, said.channel)
        assert said.row is not None
        half = history[said.epoch].half
        new = rules.after(half, said.row, passes=False)
        return new not in (None, half) and Step(said.serial, new) not in history


def _parted(mirrors: tuple[Mirror, ...]) -> list[Mirror]:
    """The mirrors that none of the others continues."""
    found = list[Mirror]()
    for mirror in mirrors:
        if not any(other.starts_with(mirror) for other in found):
            found = [other for other in found if not mirror.starts_with(other)] + [mirror]
    return found


def begin(us: str, terms: bytes, vocabularies: Vocabularies = rules.VOCABULARIES) -> State:
    """The state of a line of which nothing has been written down yet."""
    first = parse_accord(terms)
    if us not in first.names:
        raise Forged(f"{us!r} is no party of it", where=f"accord {first.name!r}")
    if first.vocabulary not in vocabularies:
        raise Refused(
            f"this station lacks vocabulary {first.vocabulary}", where=f"accord {first.name!r}",
            mend="update the station first",
        )  # fmt: skip
    line = leaf_hash(terms)
    return State(
        us=us,
        terms=terms,
        first=first,
        others=tuple(name for name in first.names if name != us),
        vocabularies=vocabularies,
        line=line,
        standing=line,
        accords=HashTrieMap({line: first}),
    )
