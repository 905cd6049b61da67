"""Where this centre's phones find Asterisk and which RTP ports they take."""

from centre120.settings import Settings
from phones.transport import Address

ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, never bound


def sip_server(settings: Settings) -> Address:
    """Where Asterisk is reached from this machine; a wildcard is no address to call."""
    host = "127.0.0.1" if settings.bind_host in ANY_ADDRESS else settings.bind_host
    return host, settings.sip_port


def rtp_ports(settings: Settings) -> tuple[int, int]:
    """The hundred ports above Asterisk's own: it binds the wildcard address, so sharing its range would
    collide."""
    return settings.rtp_end + 1, settings.rtp_end + 100
