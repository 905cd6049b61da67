"""alive: asked by `./120 up` and `watch`, never by the dialplan. The answer is that the conversation ends."""

from agi.session import Session


async def alive(session: Session) -> None:
    del session
