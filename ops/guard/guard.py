"""The loop: read, count, decide, refuse. Everything that decides is in centre120/ban_policy.py."""

import time

import structlog

from centre120.ban_policy import Alarm, Ban, Decision, Rules, Watch
from centre120.security_event import parse_security_line
from centre120.settings import Settings
from ops.asterisk_console import ask_console
from ops.guard.book import Book, changing, known_addresses, read_book
from ops.guard.log_tail import LogTail, remove_old, too_large

log = structlog.get_logger("guard")

POLL_SECONDS = 0.5
RETRY_SECONDS = 3.0
RELOAD = "module reload acl"
RELOADED = "reloaded successfully"


class Guard:
    """One guard of one centre."""

    def __init__(self, settings: Settings, rules: Rules = Rules()) -> None:  # noqa: B008 - frozen
        self.settings = settings
        self.rules = rules
        self.watch = Watch(known_addresses(settings), rules)
        self._logs = settings.asterisk_dir / "log"
        self._tail = LogTail(self._logs / "security.log")
        self._told = False  # whether Asterisk refuses what the book says
        self._read_until = 0.0
        self._begin_after = read_book(
            settings
        ).read_until  # what the last guard has judged; a lifted ban stays lifted
        self._next_telling = 0.0

    def run(self) -> None:
        """For ever. A fault of one round is logged, and the next round begins anew."""
        while True:
            try:
                self.round(time.time())
            except Exception:
                log.exception("round failed")
            time.sleep(POLL_SECONDS)

    def round(self, now: float) -> list[Decision]:
        """One look at the log. Returns what was decided."""
        if self._begin_after > now:
            self._begin_after = 0.0  # the clock was set back: better to judge twice than not at all
        for line in self._tail.read():
            event = parse_security_line(line)
            if event is not None and event.at > self._begin_after:
                self.watch.see(event)
                self._read_until = min(event.at, now)
        book = read_book(self.settings)
        decided = self.watch.decide(now, book.counts())
        old = any(one.until <= now for one in book.bans)
        if decided or old:
            with changing(self.settings) as book:
                self._write_down(book, decided, now)
            self._told, self._next_telling = False, now
        if not self._told and not now < self._next_telling <= now + RETRY_SECONDS:
            self._told, self._next_telling = self._tell_asterisk(), now + RETRY_SECONDS
        self._keep_logs_small()
        return decided

    def _write_down(self, book: Book, decided: list[Decision], now: float) -> None:
        book.forget_old(now, self.rules)
        book.read_until = max(book.read_until, self._read_until)
        for one in decided:
            match one:
                case Ban():
                    book.ban(one, self.rules)
                    log.warning(
                        "address refused",
                        address=one.address,
                        seconds=round(one.until - now),
                        offence=one.offence,
                        reason=one.reason,
                    )
                case Alarm():
                    book.alarm(one, now)
                    log.error(
                        "account is being guessed at",
                        account=one.account,
                        addresses=list(one.addresses),
                        failures=one.failures,
                    )

    def _tell_asterisk(self) -> bool:
        """Have acl.conf read again; in force for the next request. Asterisk away: it reads the file when it starts."""
        answer = ask_console(self.settings, RELOAD, 5)
        if answer is None or RELOADED not in answer:
            log.warning("asterisk has not read the bans", answer=(answer or "")[:80])
            return False
        return True

    def _keep_logs_small(self) -> None:
        if too_large(self._logs):
            ask_console(self.settings, "logger rotate", 5)
            log.info("logs rotated", removed=remove_old(self._logs))
