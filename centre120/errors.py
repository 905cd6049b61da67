"""Errors that say what was attempted, on what, what was found, what to do next, and whose fault it is."""

from enum import Enum


class Fault(Enum):
    """Who has to act for this not to happen again."""

    CITIZEN = "citizen"
    CONFIGURATION = "configuration"
    PROGRAM = "program"
    NETWORK = "network"
    ASTERISK = "asterisk"
    MACHINE = "machine"


class CentreError(Exception):
    """Base of all errors meant for a person: `code` is stable kebab-case, `next_step` an instruction."""

    def __init__(self, code: str, text: str, next_step: str, fault: Fault) -> None:
        super().__init__(f"{text} {next_step} [{code}]")
        self.code = code
        self.text = text
        self.next_step = next_step
        self.fault = fault
