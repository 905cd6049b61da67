"""What the dialplan may ask: one file, one function, one URL (`agi://host/NAME`)."""

from agi.scripts.alive import alive
from agi.scripts.case_status import case_status
from agi.scripts.welcome import welcome

SCRIPTS = {"welcome": welcome, "case_status": case_status, "alive": alive}
