"""Korean or English: the cookie of the switch, else what the browser prefers, else the centre's default.

Pages are written in English; `web/korean.po` holds the Korean, compiled in memory at start: nothing to build at install.
"""

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel, get_domain, get_locale

from centre120.settings import Settings

LANGUAGES = ("ko", "en")
COOKIE = "centre120_language"
CATALOG = Path(__file__).with_name("korean.po")


def compiled(catalog: Path) -> Translations:
    """The catalog as gettext reads it. Raises when a line of it can not be read."""
    with catalog.open("rb") as file:
        messages = read_po(file, locale="ko", abort_invalid=True)
    compiled_file = io.BytesIO()
    write_mo(compiled_file, messages)
    compiled_file.seek(0)
    return Translations(fp=compiled_file)


def page_language() -> str:
    """`ko` or `en`, of this request."""
    return str(get_locale() or "en")


def install(app: Flask, settings: Settings) -> None:
    """Give Flask-Babel both catalogs."""
    default = settings.default_language if settings.default_language in LANGUAGES else "en"

    def chosen() -> str:
        cookie = request.cookies.get(COOKIE)
        if cookie in LANGUAGES:
            return cookie
        return request.accept_languages.best_match(LANGUAGES) or default

    Babel(app, default_locale=default, default_timezone=settings.time_zone, locale_selector=chosen)
    with app.app_context():
        known = get_domain().cache
    known["ko", "messages"] = compiled(CATALOG)
    known["en", "messages"] = NullTranslations()
    app.jinja_env.globals["page_language"] = page_language
