"""placeholder until the speller lands"""


def queue_announcement(
    language: str, position: int, expected_wait_seconds: float, may_call_back: bool
) -> tuple[str, ...]:
    return ("connecting",)


def status_announcement(language: str, case_number: str, status: str | None) -> tuple[str, ...]:
    return ("status-unavailable",)
