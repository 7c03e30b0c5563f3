"""The script of one crisis: trouble first, then healed and required to converge. And of many."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from detente.errors import DetenteError
from detente.journal import Journal
from detente.line.decide import ANYBODY, Arrived, Release, decide
from detente.line.entry import Own, parse_entry
from detente.line.evolve import fold
from detente.line.message import Precedence
from detente.line.state import begin
from detente.sim import checks, forms
from detente.sim.liar import Liar
from detente.sim.network import Network, Wall
from detente.sim.people import AUTHORITY, terms
from detente.sim.world import Station, World
from detente.tlog.advance import Advance
from detente.tlog.hash import leaf_hash

TROUBLE_MS: Final = 45_000
QUIET_MS: Final = 20_000
TICK_MS: Final = 1_500
BEAT_MS: Final = 5_000
RELEASES: Final = 12  # that each officer tries
REAL_EVERY: Final = 10  # one crisis in so many is played with real signatures
JUMPS_MS: Final = (-7_200_000, -3_000, 4_000, 86_400_000)
DRAFTS: Final = 12  # decided upon, and not written down


def parties_of(seed: int) -> int:
    """How many parties the crisis of a seed has: two to four."""
    return 2 + seed % 3


def crisis(seed: int, parties: int, *, real: bool = False) -> World:
    """Play it. Raises `Broken` at the first promise that is not kept."""
    world = World(seed, parties, real=real)
    network = Network(world)
    _script(world, network)
    world.run(TROUBLE_MS)
    _heal(world)
    world.run(TROUBLE_MS + QUIET_MS)
    _judge(world)
    return world


# -- trouble -------------------------------------------------------------------------------------


def _script(world: World, network: Network) -> None:
    rng = world.rng
    beats = rng.random() < 0.6  # without them, as by courier, everything must still arrive
    for party in world.names:
        world.every(TICK_MS, rng.randrange(TICK_MS), partial(_tick, world, party))
        if beats:
            world.every(BEAT_MS, rng.randrange(BEAT_MS), partial(_beat, world, network, party))
        for channel in ("duty", "high"):
            world.at(rng.randrange(100, 4_000), partial(_opens, world, party, channel))
        for _ in range(RELEASES):
            world.at(rng.randrange(1_000, TROUBLE_MS), partial(_speaks, world, party))
        if rng.random() < 0.4:
            for _ in range(rng.randint(1, 3)):
                world.at(rng.randrange(TROUBLE_MS), partial(_jumps, world, party))
    for _ in range(rng.randrange(4)):
        one, other = rng.sample(world.names, 2)
        begin = rng.randrange(TROUBLE_MS)
        end = begin + rng.randrange(2_000, 25_000)
        network.walls.append(Wall(begin, end, one, rng.choice((other, other, ""))))
    for liar in sorted(world.liars):
        _dishonesty(world, Liar(network, liar))
    if world.honest:
        _mishaps(world, network)


def _dishonesty(world: World, liar: Liar) -> None:
    rng = world.rng
    others = [name for name in world.names if name != liar.party]
    if rng.random() < 0.5:
        world.at(rng.randrange(TROUBLE_MS), liar.forks)
        if rng.random() < 0.3:
            world.at(rng.randrange(TROUBLE_MS), liar.forks)
    if rng.random() < 0.25:
        liar.hoards |= set(rng.sample(others, rng.randint(1, len(others))))
        world.withholding.add(liar.party)
    if rng.random() < 0.2:
        readers = set(rng.sample(others, rng.randint(1, len(others))))
        world.at(rng.randrange(TROUBLE_MS), lambda: liar.silent.update(readers))
        world.withholding.add(liar.party)
    for _ in range(rng.randint(1, 10)):
        world.at(rng.randrange(3_000, TROUBLE_MS), liar.lies)
    for _ in range(rng.randrange(12)):
        world.at(rng.randrange(TROUBLE_MS + QUIET_MS // 2), liar.pesters)


def _mishaps(world: World, network: Network) -> None:
    """What befalls the honest, besides power cuts."""
    rng = world.rng
    for party in world.honest:
        station = world.station(party)
        if rng.random() < 0.3:
            _restored(world, station)
        if rng.random() < 0.3:
            begin = rng.randrange(TROUBLE_MS)
            world.at(begin, partial(setattr, station.memory, "away", True))
            world.at(
                begin + rng.randrange(500, 15_000), partial(setattr, station.memory, "away", False)
            )
        if rng.random() < 0.15:
            begin = rng.randrange(TROUBLE_MS)
            world.at(begin, partial(setattr, station.disk, "full", True))
            world.at(
                begin + rng.randrange(500, 9_000), partial(setattr, station.disk, "full", False)
            )
        if rng.random() < 0.3:
            begin = rng.randrange(TROUBLE_MS)
            world.at(begin, partial(_second, world, network, station))
            world.at(begin + rng.randrange(2_000, 30_000), partial(_alone, world, station))


def _restored(world: World, station: Station) -> None:
    """A backup is taken; later it, or in its absence nothing, is put in place of the database."""
    backup: list[bytes] = []
    world.restored.add(station.party)
    if world.rng.random() < 0.7:
        taken = world.rng.randrange(1_000, 25_000)
        world.at(taken, lambda: backup.extend(station.disk.read()))
    world.at(world.rng.randrange(15_000, TROUBLE_MS), partial(_put_back, world, station, backup))


def _put_back(world: World, station: Station, backup: list[bytes]) -> None:
    """The signer stays as it was; perhaps leaves of it are damaged that others keep."""
    rng = world.rng
    world.count["restored"] += 1
    others = [s for name, s in world.states().items() if name not in world.restored]
    if rng.random() < 0.7:
        hashes = station.memory.hashes() if not station.memory.away else b""
        for index in range(1, len(hashes) // 32):
            leaf = hashes[32 * index : 32 * index + 32]
            if rng.random() < 0.4 and any(leaf in state.messages for state in others):
                station.memory.damaged.add(index)
    written = checks.Written(station.party, world.record)
    station.disk.put_back(backup, written)
    world.boot(station)


def _second(world: World, network: Network, station: Station) -> None:
    if not station.up:
        return
    world.count["second processes"] += 1
    station.spare = station.process()
    network.breaks(station)


def _alone(world: World, station: Station) -> None:
    """Whoever stops the second process restarts the first."""
    if station.spare is not None:
        world.boot(station)


def _tick(world: World, party: str) -> None:
    for station in world.faces[party]:
        world.handle(station, [])


def _beat(world: World, network: Network, party: str) -> None:
    for station in world.faces[party]:
        for other in world.names:
            if other != party and station.up:
                network.send(station, other, station.journal.beat(station.clock))


def _opens(world: World, party: str, channel: str) -> None:
    station = world.station(party)
    content = world.officer.content(station.journal.state, "open", channel, {}, Precedence.FLASH)
    if station.up:
        world.handle(station, [Release(content)])


def _speaks(world: World, party: str) -> None:
    world.release(world.rng.choice(world.faces[party]))


def _jumps(world: World, party: str) -> None:
    for station in world.faces[party]:
        station.skew_ms = world.rng.choice((0, *JUMPS_MS))


# -- healed, and judged --------------------------------------------------------------------------


def _heal(world: World) -> None:
    world.trouble = False
    world.power.steady = True
    for station in world.stations():
        station.memory.away = station.disk.full = False
        _alone(world, station)


def _judge(world: World) -> None:
    states = world.states()
    for party, state in states.items():
        station = world.station(party)
        entries = [parse_entry(data) for data in station.disk.read()]
        folded = fold(station.begin(), entries)
        checks.promise("refold", folded == state, party)
        checks.promise("ready", station.journal.ready, f"{party}: {station.journal.trouble}")
        checks.not_lost(state, world.record)
        leaves = {
            entry.leaf
            for entry in entries
            if isinstance(entry, Own) and leaf_hash(entry.leaf) in state.messages
        }
        checks.order_is_nothing(station.begin(), state, leaves, world.rng)
        checks.regular(state, world.honest)
        checks.contradicted(state)
        checks.vocabulary(state, world.beyond)
        checks.owed(state, station.clock)
        checks.apart(state, station.clock)
        checks.authorised(state, station.journal.leaf, world.honest, AUTHORITY)
        other = begin(state.us, terms(world.names, world.ring, 3, earnest=True))
        checks.crosses_nowhere(state, other, leaves, world.ring.verify)
        forms.filled(state, station.journal.leaf)
        forms.agreed(state)
        forms.raised(state)
        for liar in sorted(world.liars - world.withholding):
            for face in world.shown(liar):
                checks.not_jammed(state, face.journal.state)
        checks.clean(station.journal, entries, world.liars, world.ring.verify, station.vocabularies)
        _decides_only(world, station.journal, leaves)
        checks.promise("decide changes nothing", folded == state, party)
        world.note(party, state.own.root)
    checks.converged(states, world.liars & world.withholding)
    if not world.withholding:
        checks.owed_alike(states, world.now)
    any_of_them = states[world.honest[0]]
    before, now = any_of_them.first, any_of_them.accord
    if now.vocabulary > before.vocabulary:
        world.count[f"amended to {now.vocabulary}"] += 1
    world.count["forks found"] = checks.forks_found(states, sorted(world.liars))


def _decides_only(world: World, journal: Journal, leaves: set[bytes]) -> None:
    """What was only decided upon has not happened."""
    state = journal.state
    events: list[Release | Arrived] = []
    for _ in range(DRAFTS):
        content = world.officer.draft(state)
        events += [Release(content)] if content else []
    for branches in sorted(state.branches.items()):
        for branch in branches[1]:
            hashes = branch.mirror.hashes(0, branch.mirror.size)
            events.append(Arrived(Advance(0, hashes, branch.note, tuple(sorted(leaves)))))
    for event in events:
        try:
            decide(state, event, 1, ready=True, authority=ANYBODY, verify=world.ring.verify)
        except DetenteError:
            continue


# -- many in a row -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Played:
    """One crisis that is over. `broken`: the promise that was not kept, and how."""

    seed: int
    parties: int
    broken: str = ""
    detail: str = ""
    count: Counter[str] = field(default_factory=Counter)
    trace: str = ""

    @property
    def replay(self) -> str:
        """The command that plays it again."""
        return f"detente simulate --crises 1 --seed {self.seed}"


@dataclass(frozen=True, slots=True)
class Report:
    """What many crises came to."""

    crises: int
    broken: tuple[Played, ...]
    count: Counter[str]


def play(seed: int) -> Played:
    """The crisis of a seed, whatever comes of it."""
    parties = parties_of(seed)
    try:
        world = crisis(seed, parties, real=seed % REAL_EVERY == 0)
    except checks.Broken as broken:
        return Played(seed, parties, broken.name, str(broken))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this seed's finding
        # An honest station that fails breaks every promise.
        where = "".join(traceback.format_exception(error)[-3:])
        return Played(seed, parties, "crash", f"{type(error).__name__}: {error}\n{where}")
    world.count["cuts"] = world.power.cuts
    return Played(seed, parties, count=world.count, trace=world.trace.hexdigest())


def plays(crises: int, seed: int, processes: int = 1) -> Iterator[Played]:
    """The crises of `seed`, `seed` + 1, ..., one by one as each is over, in this order."""
    seeds = range(seed, seed + crises)
    if processes == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(play, seeds, chunksize=4)


def summed(played: Iterator[Played]) -> Report:
    crises, broken, count = 0, list[Played](), Counter[str]()
    for each in played:
        crises += 1
        count += each.count
        if each.broken:
            broken.append(each)
    return Report(crises, tuple(broken), count)


def simulate(crises: int, seed: int, processes: int = 1) -> Report:
    """Play many crises, and say which promises were broken."""
    return summed(plays(crises, seed, processes))
