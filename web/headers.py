"""What every answer tells the browser: run our own scripts only, talk to our own live stream only, keep nothing.

No style and no script stands in a page itself, so the policy needs no exception for them.
"""

import re

from flask import Flask, request
from werkzeug.wrappers import Response

from centre120.settings import Settings

_HOST = re.compile(r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d+)?$")
DESK = "desk.page"
_FONT_SECONDS = 30 * 24 * 3600


def host_name(settings: Settings) -> str:
    """The name under which this page was asked for; a Host header that is no name counts for nothing."""
    found = _HOST.match(request.host)
    return found.group(1) if found else settings.bind_host


def live_origin(settings: Settings) -> str:
    """Where the page's live stream is: the page's own host name (ari_app compares them), the live port; by https its origin."""
    if request.is_secure:
        return f"wss://{request.host if _HOST.match(request.host) else host_name(settings)}"
    return f"ws://{host_name(settings)}:{settings.live_port}"


def phone_origin(settings: Settings) -> str:
    """Where the desk's phone speaks SIP over a websocket: by https behind the same origin, else Asterisk's own port."""
    here = request.endpoint == DESK and settings.page_phone and not request.is_secure
    return f" ws://{host_name(settings)}:{settings.ari_port}" if here else ""


def policy(settings: Settings) -> str:
    """The Content-Security-Policy of this request."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {live_origin(settings)}{phone_origin(settings)}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def install(app: Flask, settings: Settings) -> None:
    """Put them on every answer."""

    def add(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy(settings)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = (
            f"camera=(), geolocation=(), microphone={'(self)' if request.endpoint == DESK else '()'}"
        )
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        elif request.path.endswith(".woff2"):
            response.headers["Cache-Control"] = f"public, max-age={_FONT_SECONDS}, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    app.after_request(add)
