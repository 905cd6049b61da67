"""The private centre of the PBX tests, and polling: nothing here ever sleeps for a fixed time.

Nothing is faked but the far ends (citizens, agents' phones, departments), which are real SIP phones of ours; SIPp and
baresip cross-check them.
"""

from ops.private_centre import Centre, poll, running, write_tone
from ops.private_room import until

__all__ = ["Centre", "poll", "running", "until", "write_tone"]
