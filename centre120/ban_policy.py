"""Whose SIP is refused for how long: failures are counted per address, bans grow with every offence.

Decides only; `ops/guard` reads Asterisk's security log and has Asterisk refuse. Trunks are never refused, whatever they send:
a citizen would pay for it. Addresses of known networks (the agents' own) are never refused either: behind one address sits a
whole office. Each account that is guessed at, from wherever, raises an alarm.
No clock (`now` is seconds since 1970, an argument), no I/O.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from centre120.security_event import CHALLENGED, FAILED, PROVED, SecurityEvent

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Rules:
    """How much is too much. Seconds and points."""

    window_seconds: float = 60.0
    limit: int = 20  # points within the window
    failure_points: int = 5  # a wrong password, a malformed request
    challenge_points: int = 1  # a question that got no right answer: what a scan of users leaves behind
    settle_seconds: float = (
        2.0  # so old must a question be: twenty phones behind one address may register at once
    )
    ban_seconds: tuple[float, ...] = (600.0, 3_600.0, 86_400.0, 604_800.0)  # first offence, second ...
    memory_seconds: float = 604_800.0  # after so long an offence is forgotten
    account_limit: int = 20  # failures at one account, from wherever, within account_window_seconds
    account_window_seconds: float = 600.0
    most_addresses: int = 10_000  # watched at a time: forged sources must not fill the memory
    most_bans: int = 1_000  # refused at a time: Asterisk compares each request with each of them


@dataclass(frozen=True)
class Known:
    """Addresses that are not strangers."""

    trunks: frozenset[str]
    networks: tuple[Network, ...] = ()

    def is_trunk(self, address: str) -> bool:
        return address in self.trunks

    def is_inside(self, address: str) -> bool:
        one = ip_address(address)
        return any(one.version == network.version and one in network for network in self.networks)


@dataclass(frozen=True)
class Ban:
    """Refuse this address (IPv6: its /64) until then."""

    address: str
    since: float
    until: float
    offence: int  # 1: the first that is remembered
    reason: str


@dataclass(frozen=True)
class Alarm:
    """Somebody has to look: an account is being guessed at."""

    account: str
    addresses: tuple[str, ...]
    failures: int


Decision = Ban | Alarm


@dataclass
class _Record:
    """What one address did within the window."""

    failures: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    challenges: deque[float] = field(default_factory=lambda: deque(maxlen=64))


def parse_networks(text: str) -> tuple[Network, ...]:
    """`192.0.2.0/24, 2001:db8::/64` as networks. Raises ValueError naming the bad one."""
    words = [word.strip() for word in text.replace(";", ",").split(",")]
    return tuple(ip_network(word, strict=False) for word in words if word)


def refused_network(address: str) -> str:
    """What is refused when that address offends: itself, or in IPv6 its /64, since a host there has all of it."""
    one = ip_address(address)
    return str(ip_network(f"{address}/64", strict=False)) if one.version == 6 else str(one)


class Watch:
    """Counts what addresses and accounts do; `decide` says what follows and forgets what it has acted on."""

    def __init__(self, known: Known, rules: Rules = Rules()) -> None:
        self.known = known
        self.rules = rules
        self._addresses: OrderedDict[str, _Record] = OrderedDict()
        self._accounts: OrderedDict[str, deque[tuple[float, str]]] = OrderedDict()

    def see(self, event: SecurityEvent) -> None:
        """Count one event. Trunks are not counted at all."""
        if self.known.is_trunk(event.address):
            return
        if event.account and event.kind in FAILED:
            self._count_account(event.account, event)
        if self.known.is_inside(event.address):
            return
        record = self._addresses.get(event.address)
        if record is None:
            record = self._addresses[event.address] = _Record()
            if len(self._addresses) > self.rules.most_addresses:
                self._addresses.popitem(last=False)
        self._addresses.move_to_end(event.address)
        if event.forged:
            record.failures.extend([event.at] * self.rules.limit)  # nobody writes such a Call-ID by mistake
        if event.kind == CHALLENGED:
            record.challenges.append(event.at)
        elif event.kind == PROVED:
            if record.challenges:
                record.challenges.pop()
        elif event.kind in FAILED:
            record.failures.append(event.at)
            if record.challenges:
                record.challenges.pop()  # the failure is the answer to that question

    def _count_account(self, account: str, event: SecurityEvent) -> None:
        seen = self._accounts.setdefault(account, deque(maxlen=256))
        seen.append((event.at, event.address))
        self._accounts.move_to_end(account)
        if len(self._accounts) > self.rules.most_addresses:
            self._accounts.popitem(last=False)

    def decide(self, now: float, offences: dict[str, int]) -> list[Decision]:
        """What follows at `now`; `offences` tells how often a network (`refused_network`) was banned before."""
        decided: list[Decision] = []
        for address, record in list(self._addresses.items()):
            points, reason = self._points(record, now)
            if points >= self.rules.limit:
                decided.append(self._ban(address, reason, now, offences))
                del self._addresses[address]
            elif not record.failures and not record.challenges:
                del self._addresses[address]
        for account, seen in list(self._accounts.items()):
            while seen and seen[0][0] < now - self.rules.account_window_seconds:
                seen.popleft()
            if len(seen) >= self.rules.account_limit:
                sources = tuple(dict.fromkeys(address for _, address in seen))
                decided.append(Alarm(account, sources[:10], len(seen)))
                seen.clear()
            if not seen:
                del self._accounts[account]
        return decided

    def _points(self, record: _Record, now: float) -> tuple[int, str]:
        oldest = now - self.rules.window_seconds
        for times in (record.failures, record.challenges):
            while times and times[0] < oldest:
                times.popleft()
        open_ones = sum(1 for at in record.challenges if at <= now - self.rules.settle_seconds)
        failed = len(record.failures)
        points = failed * self.rules.failure_points + open_ones * self.rules.challenge_points
        return points, f"{failed} failed, {open_ones} unanswered within {self.rules.window_seconds:.0f} s"

    def _ban(self, address: str, reason: str, now: float, offences: dict[str, int]) -> Ban:
        refused = refused_network(address)
        offence = offences.get(refused, 0) + 1
        return Ban(refused, now, now + ban_seconds(offence, self.rules), offence, reason)


def ban_seconds(offence: int, rules: Rules) -> float:
    """How long, the first time (1), the second ...; the last step holds for all further ones."""
    return rules.ban_seconds[min(offence, len(rules.ban_seconds)) - 1]


def in_force(bans: Iterable[Ban], now: float) -> list[Ban]:
    """Those that have not run out."""
    return [ban for ban in bans if ban.until > now]


def refused_by_asterisk(bans: Iterable[Ban], known: Known, now: float) -> str:
    """The lines of `bans.conf` for acl.conf. The last line that fits an address decides, so known networks come after
    the bans; acl.conf itself ends with the trunks.
    """
    lines = [f"deny = {ban.address}" for ban in in_force(bans, now)]
    lines += [f"permit = {network}" for network in known.networks]
    return "".join(f"{line}\n" for line in lines)
