"""What can be wrong with a request to the store, apart from PostgreSQL itself (database.StoreUnavailable)."""

from centre120.errors import CentreError, Fault


class NotFound(CentreError):
    """The thing asked for by its key does not exist."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(
            "not-found", f"There is no {what} {key}.", "Check the number and search again.", Fault.CITIZEN
        )


class ChangedMeanwhile(CentreError):
    """Optimistic lock: somebody saved the case (or entry) after it was read."""

    def __init__(self, key: str, version: int, what: str = "Case") -> None:
        super().__init__(
            "changed-meanwhile",
            f"{what} {key} was saved by somebody else; it is now version {version}.",
            "Read the newer text, then save again.",
            Fault.CITIZEN,
        )
        self.version = version


class Refused(CentreError):
    """The request contradicts a rule of the store; `code` says which."""

    def __init__(self, code: str, text: str, next_step: str) -> None:
        super().__init__(code, text, next_step, Fault.CITIZEN)
