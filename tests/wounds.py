"""The mutants: for each the file below `src/detente`, the source as it is, and what replaces it.

Those of `WOUNDS` are noticed in crises, those of `PROVEN` by the tests that are named with them.
The first are those that a core of this kind must not survive; each of the others takes away a line
that looked superfluous once.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Wound = tuple[str, str, str]

_RECORDS: Final = "        entry = Own(leaf, now)\n        decided.write(entry)\n"

WOUNDS: Final[Mapping[str, tuple[Wound, ...]]] = MappingProxyType({
    "send before commit": ((
        "journal.py",
        "            self._store.append(self.state.length, [encode(entry) for entry in entries])\n",
        "            late = self.__dict__.setdefault('_late', [])\n"
        "            late.append((self.state.length, [encode(entry) for entry in entries]))\n"
        "            if len(late) > 1:\n"
        "                self._store.append(*late.pop(0))\n",
    ),),
    "seal before commit": ((
        "journal.py",
        "            try:\n                self._commit(entries)\n",
        "            leaves = [e.leaf for e in entries if isinstance(e, Own)]\n"
        "            if self._hears and leaves:\n"
        "                try:\n"
        "                    note = self._signer.seal(self.state.own.size, leaves, now)\n"
        "                    self.sealed = Branch(state.own, note)\n"
        "                except (Behind, Refused, Unreachable):\n"
        "                    pass\n"
        "            try:\n                self._commit(entries)\n",
    ),),
    "anybody may release anything": ((
        "line/decide.py",
        "            authority.check(content.act, releasers, _form(state, content))\n",
        "",
    ),),
    "silent when an advance starts beyond the mirror": ((
        "journal.py",
        "                elif sender in self._readers:\n                    self._ask(sender)\n",
        "",
    ),),
    "root not compared": ((
        "tlog/advance.py",
        "        if mirror.root == checkpoint.root:\n",
        "        if mirror.size == checkpoint.size:\n",
    ),),
    "of two with one number the first heard stands": ((
        "line/state.py",
        "        if len(self.numbers[said.number]) > 1:\n",
        "        if said.place > min(self.messages[x].place for x in self.numbers[said.number]):\n",
    ),),
    "a leaf added before the signer was asked": ((
        "line/decide.py",
        "    elif ready and whose != state.us:\n",
        "    elif whose != state.us:\n",
    ),),
    "nobody's words passed on but our own": ((
        "line/reader.py",
        "        said = state.messages[leaf]\n        self._queues",
        "        said = state.messages[leaf]\n        if said.author != state.us:\n"
        "            return\n        self._queues",
    ),),
    "an irregular message refused": ((
        "line/decide.py", _RECORDS,
        "        entry = Own(leaf, now)\n"
        "        if evolve(state, entry).mark(digest).value == 'irregular':\n"
        "            continue\n        decided.write(entry)\n",
    ),),
    "a not-understood message dropped": ((
        "line/decide.py", _RECORDS,
        "        entry = Own(leaf, now)\n"
        "        if evolve(state, entry).mark(digest).value == 'not understood':\n"
        "            continue\n        decided.write(entry)\n",
    ),),
    "halves at any precedence": (
        ("line/rules.py", "    return not row.flash\n", "    return True\n"),
        (
            "line/release.py",
            "    if said.row.flash and content.precedence is not Precedence.FLASH:\n",
            "    if False:\n",
        ),
    ),
    "where ignored": ((
        "journal.py",
        "        reader.stands(self.state, told)\n",
        "        reader.told = True\n",
    ),),
    "a signer that forgets": ((
        "tlog/signer.py", "            data = self._log.read(index)\n", "            data = None\n",
    ),),
    "judged by the newest vocabulary": ((
        "line/evolve.py",
        "        vocabulary = state.vocabularies[accord.vocabulary]\n",
        "        vocabulary = state.vocabularies[max(state.vocabularies)]\n",
    ),),
    "ML-DSA alone suffices": ((
        "tlog/checkpoint.py",
        "    verify_ed25519(keys.ed25519, opened.text.encode(), first.blob, where=where)\n", "",
    ),),
    "Ed25519 alone suffices": ((
        "tlog/cosignature.py",
        "    verify_mldsa44(key, _subtree_message(name, checkpoint, time_s), signature, "
        "where=where)\n",
        "",
    ),),
    "recovery only from advances of our own ledger": ((
        "line/decide.py",
        "    if decided.state.recovering:\n        _recover(",
        "    if decided.state.recovering and whose == state.us:\n        _recover(",
    ),),
    "a mark is stored": (
        (
            "line/state.py",
            "    contact: str  # of a call-up, the contact of the accord that it is for; of all "
            "else empty\n",
            "    contact: str\n    stored: object = None\n",
        ),
        (
            "line/state.py",
            "        said = self.messages[leaf]\n        if len(",
            "        said = self.messages[leaf]\n"
            "        if isinstance(said.stored, Verdict):\n            return said.stored\n"
            "        if len(",
        ),
        (
            "line/evolve.py",
            "    return _agreed(state) if state.amendments else state\n",
            "    verdict = state.verdict(digest)\n"
            "    said = msgspec.structs.replace(state.messages[digest], stored=verdict)\n"
            "    state = _replace(state, messages=state.messages.insert(digest, said))\n"
            "    return _agreed(state) if state.amendments else state\n",
        ),
    ),
    "a signer that signs what it is given": (
        (
            "tlog/signer.py",
            "            if index < mirror.size and leaf_hash(data) != mirror.leaf(index):\n",
            "            if False:\n",
        ),
        (
            "journal.py",
            "        if start == self._signer.size and own.root_at(start) != self._signer.root:\n",
            "        if False:\n",
        ),
        (
            "line/decide.py",
            "    elif ready and whose != state.us:\n",
            "    elif whose != state.us:\n",
        ),
    ),
    "what its author never signed recorded": ((
        "line/decide.py",
        "        if digest in state.messages or not state.vouches(author, digest):\n",
        "        if digest in state.messages:\n",
    ),),
    "author not compared": ((
        "line/decide.py",
        "        if message.header.author == author and message.header.line",
        "        if message.header.line",
    ),),
    "a used number not recorded": ((
        "line/decide.py",
        "        if digest in state.messages or (\n            waits",
        "        if digest in state.messages or known or (\n            waits",
    ),),
    "numbers with gaps": ((
        "line/decide.py",
        "        waits = serial > state.tally(author, precedence)\n",
        "        waits = False\n",
    ),),
    "a skipped number waits for ever": ((
        "line/decide.py",
        " and not known and not _skipped(state, author, digest)\n", " and not known\n",
    ),),
    "marks by the half of the moment": ((
        "line/state.py",
        "        half = history[said.epoch].half\n        if rules.after(half, said.row, passes=",
        "        half = history[-1].half\n        if rules.after(half, said.row, passes=",
    ),),
    "signature not checked": ((
        "line/decide.py",
        "    return whose, Branch(mirror, signed.note)\n",
        "    return whose, Branch(mirror, advance.note)\n",
    ), (
        "line/decide.py",
        "    signed = verify(advance.note, checkpoint.origin, keys)\n", "",
    )),
    "other branches not passed on": ((
        "line/reader.py",
        "            ledgers += [(p, state.branches.get(p, ())) for p in",
        "            ledgers += [(p, state.branches.get(p, ())[:1]) for p in",
    ),),
    "the last branch shown is believed": ((
        "tlog/advance.py",
        "    return (*branches, new) if len(branches) < MAX_BRANCHES else branches\n",
        "    return (new,)\n",
    ),),
    "what was heard is heard again": (
        (
            "line/decide.py",
            "        if digest in state.messages or not state.vouches(author, digest):\n",
            "        if not state.vouches(author, digest):\n",
        ),
        (
            "line/decide.py",
            "        if digest in state.messages or (\n",
            "        if (\n",
        ),
    ),
    "peers give nothing back": ((
        "line/reader.py",
        "            plan = self._given_back(state, returned) or self._own_words(state, sealed)\n",
        "            plan = self._own_words(state, sealed)\n",
    ),),
    "appended again after a conflict": ((
        "journal.py",
        "                self._refold()\n                self._restock()\n",
        "                self._refold()\n                self._restock()\n"
        "                self._store.append(self.state.length, [encode(e) for e in entries])\n"
        "                self._refold()\n",
    ),),
    "words that are not sealed go out": ((
        "line/reader.py",
        "                if state.messages[leaf].place >= sealed.mirror.size:\n"
        "                    break\n", "",
    ),),
    "what came while the signer was away is not asked for": ((
        "journal.py",
        "            self._asks |= self._missed & self._readers.keys()\n", "",
    ),),
    "epochs not named": ((
        "line/release.py",
        "            epoch=len(state.history(state.us, content.channel)) - 1,\n",
        "            epoch=0,\n",
    ),),
    "a contradicted half goes on": ((
        "line/evolve.py",
        "        if len(leaves) > 1:\n"
        "            state = _contradicted(state, author, serial, leaves)\n"
        "        else:\n            state = _moved(",
        "        if len(leaves) >= 1:\n            state = _moved(",
    ),),
    "agreed without every acceptance": ((
        "line/state.py",
        "        if accepted != set(self.first.names) - {said.author}:\n",
        "        if not accepted:\n",
    ),),
    "a form follows anybody's": ((
        "line/state.py",
        "        by = rules.WHOSE[follows.by]\n",
        "        by = rules.By.ANYONE\n",
    ),),
    "revised in another form": ((
        "line/state.py",
        "        if said.act in rules.SAME_FORM and said.form not in (None, original.form):\n",
        "        if False:\n",
    ),),
    "a form understood whatever is in it": ((
        "line/rules.py",
        "        check_slots(form, value.slots)\n", "",
    ),),
    "every form is safety of life": ((
        "line/rules.py",
        "        return form.safety_of_life\n",
        "        return True\n",
    ),),
    "a machine's receipt ends a duty": ((
        "line/due.py",
        "            owing = (each for each in state.first.names "
        "if each not in (said.author, *replied))\n",
        "            owing = (\n"
        "                each for each in state.first.names\n"
        "                if each not in (said.author, *replied) and not state.vouches(each, leaf)\n"
        "            )\n",
    ),),
    "whoever is asked for time has answered": ((
        "line/due.py",
        "        by = _authors(state, leaf, ENDS_A_QUESTION)\n",
        "        by = _authors(state, leaf, (*ENDS_A_QUESTION, 'standby'))\n",
    ),),
})  # fmt: skip

_JOURNAL: Final = "tests/test_journal.py"
_THREADS: Final = "tests/line/test_threads.py"
_STATEMENTS: Final = "tests/audit/test_statements.py"
_NON_REPLY: Final = "tests/audit/test_nonreply.py"

_AUTHORITY: Final = "tests/people/test_authority.py"

PROVEN: Final[Mapping[str, tuple[str, tuple[Wound, ...]]]] = MappingProxyType({
    "a form follows any other": (_THREADS, ((
        "line/state.py",
        "        if original.form is None or original.form.number not in follows.forms:\n",
        "        if original.form is None:\n",
    ),)),
    "ledgers told with words alone": (_JOURNAL, ((
        "journal.py",
        "                self._pass_on({whose, sender}, now)\n", "",
    ),)),
    "a statement without everybody's acceptance": (_STATEMENTS, ((
        "audit/statements.py",
        "    if sorted(by) != [card.party for card in cards if card.party != author]:\n",
        "    if not by:\n",
    ),)),
    "a statement on an acceptance of something else": (_STATEMENTS, ((
        "audit/statements.py",
        "        if not isinstance(_body(each), Accept) or head.reply != proposed.leaf.hex():\n",
        "        if not isinstance(_body(each), Accept):\n",
    ),)),
    "a statement that another concluded": (_STATEMENTS, ((
        "audit/statements.py",
        "(head.author, head.reply) != (author, proposed.leaf.hex()):\n",
        "head.reply != proposed.leaf.hex():\n",
    ),)),
    "a statement concluded on other acceptances": (_STATEMENTS, ((
        "audit/statements.py",
        "    if sorted(end.accepts) != sorted(each.leaf.hex() for each in accepts):\n",
        "    if False:\n",
    ),)),
    "one man is two persons": (_AUTHORITY, ((
        "people/authority.py",
        "        if draft.drafter == officer.name:\n",
        "        if False:\n",
    ),)),
    "whoever wrote it has reviewed it": (_AUTHORITY, ((
        "people/authority.py",
        "        if not seen - ({draft.drafter} if draft else set()):\n",
        "        if not seen:\n",
    ),)),
    "an acknowledgement waits for paperwork": (_AUTHORITY, ((
        "people/authority.py",
        "    if what.act in AT_ONCE or what.form == STOP_FORM or what.kind == STOP_KIND:\n",
        "    if what.form == STOP_FORM or what.kind == STOP_KIND:\n",
    ),)),
    "everybody needs to know everything": ("tests/people/test_roster.py", ((
        "people/roster.py",
        "        return not {\"*\", f\"{line}/*\", f\"{line}/{channel}\"}.isdisjoint(self.needs)\n",
        "        return True\n",
    ),)),
    "a code that counts twice": ("tests/station/test_secrets.py", ((
        "station/secrets.py",
        "        if step <= secret.step:\n",
        "        if False:\n",
    ),)),
    "a book of other leaves than were signed": ("tests/station/test_book.py", ((
        "audit/books.py",
        "    if (mirror.size, mirror.root) != (signed.checkpoint.size, signed.checkpoint.root):\n",
        "    if False:\n",
    ),)),
    "a challenge that can be turned round": ("tests/cli/test_voice.py", ((
        "station/voice.py",
        "    told = {\"answers\": answers, \"asks\": asks, ",
        "    told = {",
    ),)),
    "a call that nobody made is met": ("tests/line/test_due.py", ((
        "line/due.py",
        "        if contact is None or not each.at <= now < each.over or calls_for(calls, each):\n",
        "        if contact is None or not each.at <= now < each.over or calls.callups:\n",
    ),)),
    "a matter that goes down": ("tests/line/test_rules_3.py", ((
        "line/state.py",
        "        if above.level.height <= below.level.height:\n",
        "        if False:\n",
    ),)),
    "a statement that they keep to themselves": (_STATEMENTS, ((
        "audit/statements.py",
        "    if body.releasability is not Releasability.JOINT:\n",
        "    if False:\n",
    ),)),
    "a statement by cards that share their keys": (_STATEMENTS, ((
        "audit/statements.py",
        "        if len({getattr(card, field) for card in cards}) < len(cards):\n",
        "        if False:\n",
    ),)),
    "a certificate of what was answered": (_NON_REPLY, ((
        "audit/nonreply.py",
        "        if why and head.reply == file.question:\n",
        "        if False:\n",
    ),)),
    "a certificate for leaves that nobody signed": (_NON_REPLY, ((
        "audit/nonreply.py",
        "    if (checkpoint.size, checkpoint.root) != (mirror.size, mirror.root):\n",
        "    if False:\n",
    ),)),
    "a certificate with other words under a hash": (_NON_REPLY, ((
        "audit/nonreply.py",
        "        if text and leaf_hash(text.encode()) != mirror.leaf(index):\n",
        "        if False:\n",
    ),)),
    "a certificate by keys that were left behind": (_NON_REPLY, ((
        "audit/nonreply.py",
        "            if index not in proven:\n",
        "            if False:\n",
    ),)),
    "a certificate about what is no question": (_NON_REPLY, ((
        "audit/nonreply.py",
        "            if row is None or row.begins is not Thread.QUESTION:\n",
        "            if row is None:\n",
    ),)),
})  # fmt: skip
