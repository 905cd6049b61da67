"""The application: what every request goes through, in this order.

access rule of the route -> CSRF -> rate limit -> the view -> headers. A view reads the store through `web.storage`.
"""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from centre120.logs import configure_logs
from centre120.settings import Settings
from centre120.settings import settings as settings_of_process
from centre120.store.database import Database
from web import access, display, errors, headers, language, limits, people, storage, waiting
from web.areas import (
    agents,
    answer_reports,
    answers,
    calls,
    case_search,
    case_work,
    cases,
    consultation,
    desk,
    directory,
    home,
    login,
    recalls,
    reports,
    reviews,
    room,
    sealed,
    status,
    synonyms,
    topics,
    wallboard,
    working_days,
)
from web.lists import desk_lists

LARGEST_REQUEST = 256 * 1024
SHIFT = timedelta(hours=12)


def create_app(settings: Settings | None = None) -> Flask:
    """One process's application."""
    is_program = settings is None
    if settings is None:
        settings = settings_of_process()
        configure_logs("web")
    app = Flask("web", root_path=str(Path(__file__).parent))
    app.config.update(
        SECRET_KEY=settings.secret("web_key"),
        SESSION_COOKIE_NAME=f"centre120_{settings.web_port}",  # two centres on one machine share its cookies
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=SHIFT,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,  # a desk stays open for a shift; the token ends with its session
        BABEL_DEFAULT_TIMEZONE=settings.time_zone,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    storage.attach(app, settings, Database(settings.sqlalchemy_url, pool_size=8, application="centre120-web"))
    errors.install(app)
    language.install(app, settings)
    people.install(app)
    access.install(app)
    CSRFProtect(app)
    limits.install(app)
    display.install(app, settings)
    headers.install(app, settings)
    waiting.install(app)
    consulting = (consultation, answers, answer_reports, recalls, reviews, synonyms)
    on_cases = (cases, case_search, case_work, topics, working_days, sealed, status)
    for area in (
        home,
        login,
        desk,
        directory,
        calls,
        room,
        wallboard,
        reports,
        *on_cases,
        *consulting,
        agents,
    ):
        app.register_blueprint(area.blueprint)
    if is_program:
        with app.app_context():
            desk_lists()  # remembered from the start: PostgreSQL may be away when the first desk opens
    return app
