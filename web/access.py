"""Who may open which route, said beside the route: `@access(AGENT)`, `@public`. A route that says nothing opens for nobody.

The rule is checked before anything else of a request. tests/upkeep walks all routes and fails on one without a rule.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.call_words import ROLES

AGENT: Final = "agent"
SUPERVISOR: Final = "supervisor"
ADMIN: Final = "telecom-admin"
EVERYBODY: Final = ROLES

PUBLIC: Final = frozenset({"public"})
View = TypeVar("View", bound=Callable[..., Any])


def access(*roles: str, before_password_change: bool = False) -> Callable[[View], View]:
    """Logged in with one of these roles; with `before_password_change` also while the first password still stands."""
    unknown = set(roles) - set(ROLES)
    if unknown or not roles:
        raise ValueError(f"no such roles: {unknown}")

    def marked(view: View) -> View:
        view.access_rule = frozenset(roles)  # type: ignore[attr-defined]
        view.before_password_change = before_password_change  # type: ignore[attr-defined]
        return view

    return marked


def public(view: View) -> View:
    """Open to whoever reaches the port."""
    view.access_rule = PUBLIC  # type: ignore[attr-defined]
    return view


def rule_of(view: Callable[..., Any] | None) -> frozenset[str] | None:
    """The rule said at this view."""
    return getattr(view, "access_rule", None)


def wants_json() -> bool:
    """Whether the page's script asks, not a person's address bar."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def _check() -> Response | None:
    if request.endpoint is None:
        return None  # 404 and 405 answer for themselves
    view = current_app.view_functions[request.endpoint]
    rule = rule_of(view)
    if rule is None:
        abort(403)
    if rule == PUBLIC:
        return None
    if not current_user.is_authenticated:
        if wants_json() or request.method != "GET":
            abort(401)
        return redirect(url_for("login.page", next=request.full_path.rstrip("?")))
    if current_user.must_change_password and not getattr(view, "before_password_change", False):
        if wants_json():
            abort(403)
        return redirect(url_for("login.password"))
    if current_user.role not in rule:
        abort(403)
    return None


def install(app: Flask) -> None:
    """Check every request; Flask's own route for files is public."""
    public(app.view_functions["static"])
    app.before_request(_check)
