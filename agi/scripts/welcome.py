"""welcome: which language did this number choose before? Korean when nobody knows."""

from agi.session import Session
from agi.store_access import ask_store
from centre120 import names
from centre120.store.languages import find_language


async def welcome(session: Session) -> None:
    number = session.caller_number
    if number is not None:
        language = await ask_store(find_language, number)
        if language in names.LANGUAGES:
            await session.set_variable(names.LANGUAGE, language)
    await session.done()
