"""The status page: one HTML document without anything from elsewhere, that tells a person how things stand.

It works without JavaScript, and is then loaded again now and then. With it, what has changed is replaced in place, so
that neither the focus nor a selection is lost, and a screen reader tells when the state changes. Whatever others have
written stays under the limit of its place, so the page does under ``LIMIT``.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from migrate_tasks.render.html import Html, clipped, fill, joined, size
from migrate_tasks.render.page_sections import counts, facts, failures, progress, steps
from migrate_tasks.render.page_state import refresh_after, sentence, state_of
from migrate_tasks.render.page_tables import migrations, startup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.api.observation import Observation

LIMIT = 20_000  # bytes
ADDRESS = "http://localhost:3000/database/migrations"  # the seed's


NAME = 120  # bytes of a name that are shown
# as in page.css, where the ground is light; the tab of a browser may be either
ICON_COLOURS = {
    "ok": "2f9e6b",
    "running": "3b7de0",
    "degraded": "c98a12",
    "failed": "d8414a",
    "stuck": "b04fab",
    "unreachable": "8a847c",
}
HIDDEN = Html('<p class="soft">Names, errors and times are shown only to those who may see them.</p>')
DOCUMENT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>{state}: {sentence}</title>
<link id="icon" rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E\
%3Ccircle cx='4' cy='4' r='3.5' fill='%23{colour}'/%3E%3C/svg%3E">
<noscript><meta http-equiv="refresh" content="{every}"></noscript>
<style{nonce}>{style}</style>
</head>
<body class="{state}" data-every="{every}">
<header>Database migrations {environment}</header>
<main>
<div id="state" role="status" data-live><h1>{state}</h1><p>{sentence}</p></div>
<p id="stale" role="alert"></p>
<div id="counts" data-live>{counts}</div>
{sections}
</main>
<footer><span id="as-of" data-live>As of {at} UTC, looked at again every {every} seconds</span>
<button id="pause" type="button" aria-pressed="false" hidden>Pause</button></footer>
<script{nonce}>{script}</script>
</body>
</html>
"""


def _asset(name: str) -> Html:
    """Return the text of a file beside this module, without its indentation."""
    return Html(re.sub(r"\n\s*", "\n", files(__package__).joinpath(name).read_text("utf-8")).strip())


STYLE = Html(re.sub(r"\s*([{};,])\s*", r"\1", _asset("page.css")))
SCRIPT = _asset("page.js")


def status_page(  # noqa: PLR0913 -- each is a fact of its own, given by its name
    observation: Observation,
    *,
    is_detailed: bool,
    can_post: bool,
    needs_token: bool = True,
    nonce: str | None = None,
    address: str = ADDRESS,
) -> str:
    """Return the page; without ``is_detailed``, of the state and the counts only.

    ``can_post`` says that migrations can be executed over HTTP, at ``address``, which is that of the page, and
    ``needs_token`` that they are only with a token. The style and the script have the ``nonce``, if there is one; see
    :func:`content_security_policy`.
    """
    if not is_detailed:
        return _page(observation, {"details": HIDDEN}, nonce, is_detailed=False)
    sections = {
        "progress": progress(observation),
        "failure": failures(observation),
        "steps": steps(observation, can_post=can_post, needs_token=needs_token, address=address),
        "migrations": Html(),
        "startup": Html(),
        "facts": facts(observation),
    }
    # the tables have the room that all else has left
    room = LIMIT - size(_page(observation, sections, nonce, is_detailed=True))
    sections["startup"] = startup(observation, room // 2)
    sections["migrations"] = migrations(observation, room - size(sections["startup"]), address)
    return _page(observation, sections, nonce, is_detailed=True)


def _page(observation: Observation, sections: Mapping[str, Html], nonce: str | None, *, is_detailed: bool) -> Html:
    state, every = state_of(observation), refresh_after(observation)
    return fill(
        DOCUMENT,
        state=state,
        sentence=sentence(observation),
        environment=fill("<strong>{name}</strong>", name=clipped(observation.environment, NAME)) if is_detailed else "",
        every=every,
        nonce=fill(' nonce="{nonce}"', nonce=nonce) if nonce else "",
        style=STYLE,
        script=SCRIPT,
        colour=ICON_COLOURS[state],
        counts=counts(observation),
        sections=joined(
            fill('<div id="{id}" data-live>{html}</div>', id=id_, html=html) for id_, html in sections.items()
        ),
        at=f"{observation.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
    )


def content_security_policy(nonce: str | None = None) -> str:
    """Return the header for the page: its own style and script and nothing else, by ``nonce`` or by their hashes."""
    style, script = (f"'nonce-{nonce}'",) * 2 if nonce else map(_source, (STYLE, SCRIPT))
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {style}",
            f"script-src {script}",
            "connect-src 'self'",  # the script asks for the page again
            "img-src data:",  # the icon
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
