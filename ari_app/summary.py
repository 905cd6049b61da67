"""The case's summary as sound, made while the department's phone rings; the dialplan plays it before it connects anybody.

A program of its own makes it (`python -m ops.prompts.speak`): the event loop does not wait, and without a voice the
department hears the fixed sentence alone. The file goes when nobody can need it any more.
"""

import asyncio
import sys
from pathlib import Path

import structlog

from centre120.settings import REPOSITORY, Settings

log = structlog.get_logger("summary")

PATIENCE_SECONDS = 20.0
KEPT_SECONDS = 180.0


def prompts_for(transfer_id: str) -> str:
    """What the dialplan plays: the fixed sentence, then the summary if it is there by then."""
    return "&".join(("department-summary", f"summary/{transfer_id}"))


async def speak_summary(settings: Settings, transfer_id: str, text: str) -> None:
    """Render `text`; whatever fails is logged, nothing waits for it."""
    path = settings.home / "sounds" / "summary" / f"{transfer_id}.wav"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ops.prompts.speak",
            str(path),
            stdin=asyncio.subprocess.PIPE,
            cwd=REPOSITORY,
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.communicate(text.encode("utf-8", "replace"))
    except TimeoutError:
        process.kill()
        log.warning("summary not spoken in time", transfer_id=transfer_id)
    except OSError as error:
        log.warning("summary not spoken", transfer_id=transfer_id, error=str(error))
    asyncio.get_running_loop().call_later(KEPT_SECONDS, _remove, path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
