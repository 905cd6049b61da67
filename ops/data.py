"""The steps of `up` that other parts of the project own: demo data, first logins, roster, prompts.

Loaded late, because SQLAlchemy and the audio tools take a second that `status` and `down` need not pay;
and a checkout in which one of them is not built yet still starts, and says so.
"""

import dataclasses
import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from centre120.settings import Settings
from ops.progress import say


def load(module: str, name: str) -> Callable[..., Any] | None:
    """`module.name`, or None (with a line that says so) when it is not built."""
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        missing = getattr(error, "name", None)
        if isinstance(error, ModuleNotFoundError) and missing and not module.startswith(missing):
            raise  # the module is there and one of its own imports is not
        say(f"{module}.{name}: not built yet")
        return None
    return found


def load_demo(settings: Settings) -> None:
    """The demo city, when asked for; loading it twice changes nothing."""
    function = load("centre120.store.demo", "load_demo") if settings.demo else None
    if function:
        function(settings.sqlalchemy_url)
        say("demo city loaded")


def first_logins(settings: Settings) -> list[str]:
    """One line for each login made now (random, shown once); empty when they were made before."""
    function = load("centre120.store.first_logins", "create_first_logins")
    return (
        [login_line(login) for login in function(settings.sqlalchemy_url, settings.demo)] if function else []
    )


def login_line(login: Any) -> str:
    """A login as `name value` pairs in the order of its fields."""
    pairs = dataclasses.asdict(login) if dataclasses.is_dataclass(login) else vars(login)  # type: ignore[arg-type]
    return "  ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in pairs.items() if value is not None
    )


def write_roster(settings: Settings) -> None:
    """The agents as a file, so that calls are answered even when PostgreSQL is not there."""
    function = load("centre120.store.roster", "publish_roster")
    make_database = load("centre120.store.database", "Database")
    if function and make_database:
        database = make_database(settings.sqlalchemy_url)
        try:
            function(database, settings.roster_file, datetime.now(UTC))
        finally:
            database.close()


def render_prompts(settings: Settings) -> None:
    """Every prompt in every language, as far as it is not there yet."""
    function = load("ops.prompts", "render_all")
    if function:
        function(settings, say)
