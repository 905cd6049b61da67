"""Where things are and which ports they use: the one place that reads CENTRE120_* variables.

The one file of `centre120/` with a library and with I/O (environment, `settings.env` and `secrets/` below the
home). Everything else receives a `Settings` value as an argument.
"""

import functools
import os
from datetime import time
from pathlib import Path

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
"""The checkout: dialplan/, asterisk.conf.d/, sounds/, migrations/ are read from here."""

PORTS = ("sip_port", "ari_port", "ami_port", "agi_port", "web_port", "live_port", "carrier_port")
"""With `port_base` set these ports count up from it, in this order; RTP follows at base + 100."""


class Settings(BaseSettings):
    """All settings; the environment (CENTRE120_SIP_PORT=...) wins over `<home>/settings.env`."""

    model_config = SettingsConfigDict(env_prefix="CENTRE120_", extra="ignore")

    home: Path = REPOSITORY / "var"
    parts: Path | None = None  # fetched programs (Asterisk, PostgreSQL); default <home>/parts; may be shared
    bind_host: str = "127.0.0.1"
    port_base: int | None = None
    sip_port: int = 5060
    ari_port: int = 8088
    ami_port: int = 5038
    agi_port: int = 4573
    web_port: int = 8120
    live_port: int = 8121
    carrier_port: int = 5070  # where the demo's carrier (a robot at the trunk addresses) listens
    rtp_start: int = 20000
    rtp_end: int = 23999
    # the two trunks: address (IP literal) SIP comes from and goes to. The loopback defaults are the demo's carrier.
    trunk_a_host: str = "127.0.0.2"
    trunk_a_port: int | None = None  # default: carrier_port
    trunk_b_host: str = "127.0.0.3"
    trunk_b_port: int | None = None
    # where the agents' phones are: networks with commas between them; never refused by address (centre120/ban_policy.py)
    agent_networks: str = "127.0.0.1/32"
    trusted_proxies: int = Field(
        0, ge=0
    )  # so many before the pages add X-Forwarded-For and -Proto; 0: nobody is believed
    database_url: str = ""  # empty: a private PostgreSQL below home
    time_zone: str = "Asia/Seoul"
    default_language: str = "ko"
    workers: int = 1
    demo: bool = False
    page_phone: bool = (
        True  # agents may take calls in the browser; no: SIP phones only, and Asterisk spares ICE
    )
    # queue policy; seconds
    ring_seconds: int = 15
    department_ring_seconds: int = Field(20, ge=1)
    wrap_up_seconds: int = 20
    max_wait_seconds: int = 600
    lease_seconds: int = 3
    agent_lost_seconds: int = Field(
        8, ge=0
    )  # no audio from the agent's phone in a talk: the citizen gets another; 0: never
    no_sound_seconds: float = Field(
        3.0, ge=0
    )  # nothing heard from one side of a talk: the agent is told; 0: never
    # alarms of the wallboard
    alarm_waiting: int = Field(5, ge=1)  # so many citizens wait
    alarm_wait_seconds: int = Field(60, ge=1)  # one of them for so long
    alarm_service_level: float = Field(0.8, ge=0, le=1)  # of this half hour, within 15 s; less is an alarm
    max_citizens: int = Field(
        500, ge=1
    )  # at once, in menus, waiting and talking; more hear that all lines are busy
    # the record
    books_at: str = "03:30"  # local time at which the recorder makes the books of the day before
    journal_part_mb: int = 16  # a journal is begun anew when it is larger, and every day
    journal_reserve_mb: int = 32  # room on disk that each journal holds in advance
    journal_keep_days: int = 90  # archived parts of journals are removed after that
    events_part_mb: float = Field(
        64, gt=0
    )  # Asterisk's CEL and CDR files are begun anew when they are larger
    events_keep_days: int = Field(90, ge=1)  # their archived parts are removed after that
    answer_report_hours: float = Field(24, gt=0)  # for the owner of an answer that was reported wrong
    # calls out to departments, a day (dialplan/70-toll.conf)
    outgoing_per_agent: int = 100
    outgoing_per_day: int = 5_000

    @field_validator("books_at")
    @classmethod
    def _is_time_of_day(cls, text: str) -> str:
        time.fromisoformat(text)  # its ValueError names the fault
        return text

    @model_validator(mode="after")
    def _derive(self) -> "Settings":
        self.home = self.home.expanduser().absolute()
        if self.parts is None:
            self.parts = self.home / "parts"
        if self.port_base is not None:
            said = set(self.model_fields_set)
            for offset, name in enumerate(PORTS):
                if name not in said:  # a port that is named beside the base is meant
                    setattr(self, name, self.port_base + offset)
            self.rtp_start, self.rtp_end = self.port_base + 100, self.port_base + 899
        # a talk takes two RTP streams of two ports each: never let in more citizens than may meet an agent
        self.max_citizens = min(self.max_citizens, max(1, (self.rtp_end - self.rtp_start + 1) // 4))
        self.trunk_a_port = self.trunk_a_port or self.carrier_port
        self.trunk_b_port = self.trunk_b_port or self.carrier_port
        return self

    # --- the layout of <home>; everything the centre writes is below it -----------------------------------
    @property
    def parts_dir(self) -> Path:
        assert self.parts is not None  # noqa: S101 - set by _derive
        return self.parts

    @property
    def asterisk_dir(self) -> Path:
        """etc/ lib/ sounds/ spool/ log/ run/ of our Asterisk."""
        return self.home / "asterisk"

    @property
    def cel_file(self) -> Path:
        return self.asterisk_dir / "log" / "cel-custom" / "cel.json"

    @property
    def cdr_file(self) -> Path:
        return self.asterisk_dir / "log" / "cdr-custom" / "cdr.json"

    @property
    def recordings_dir(self) -> Path:
        return self.home / "recordings"

    @property
    def journal_dir(self) -> Path:
        """<writer>.jsonl: one append-only file per daemon."""
        return self.home / "journal"

    @property
    def state_dir(self) -> Path:
        """What programs tell each other by files: roster, who leads."""
        return self.home / "state"

    @property
    def roster_file(self) -> Path:
        """Agents, skills and HA1 as JSON (0600): lets ari_app start and work without PostgreSQL."""
        return self.state_dir / "roster.json"

    @property
    def page_phones_file(self) -> Path:
        """Which agents' phones are in a page, with their HA1 (0600): the next leader goes on with them."""
        return self.state_dir / "page_phones.json"

    @property
    def log_dir(self) -> Path:
        return self.home / "log"

    @property
    def run_dir(self) -> Path:
        return self.home / "run"

    @property
    def postgres_dir(self) -> Path:
        return self.home / "postgres"

    @property
    def postgres_socket_dir(self) -> Path:
        return self.run_dir

    def secret(self, name: str) -> str:
        """The random secret `name` (names: ops/secrets.py): written by `./120 up`, mode 0600."""
        return (self.home / "secrets" / name).read_text(encoding="ascii").strip()

    @property
    def sqlalchemy_url(self) -> str:
        if self.database_url:
            url = self.database_url
            for prefix in ("postgresql://", "postgres://"):
                if url.startswith(prefix):
                    return "postgresql+psycopg://" + url.removeprefix(prefix)
            return url
        return f"postgresql+psycopg://centre120@/centre120?host={self.postgres_socket_dir}"


def load_settings(remembered: bool = True) -> Settings:
    """Settings from the environment, `<home>/state/up.env` and `<home>/settings.env`; the first that says wins.

    `up.env` is what the environment told `./120 up`, kept so that the programs and every later command agree
    with it; `up` itself reads without it (`remembered=False`). Raises pydantic's error naming the bad variable.
    """
    home = Path(os.environ.get("CENTRE120_HOME") or REPOSITORY / "var").expanduser().absolute()
    files = [home / "settings.env", *([home / "state" / "up.env"] if remembered else [])]
    return Settings(_env_file=files)  # type: ignore[call-arg]


@functools.cache
def settings() -> Settings:
    """The process's settings, read once. Only programs' entry points call this."""
    return load_settings()
