"""The status page in a real browser, served with its own policy: it obeys it, fits, keeps the reader's place."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.render.page import content_security_policy, status_page
from tests.api.browser import chromium, wait_until
from tests.render.observations import STATES, failed, ok, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.api.observation import Observation
    from tests.api.browser import Browser, Tab

# what sticks out of the window, or whose text does not fit into what hides the rest of it
CLIPPED = """[...document.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (e.closest(".hidden, thead, script, svg") || style.display === "none") return false;
  return box.right > innerWidth + 0.5 || box.left < -0.5
    || (style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1);
}).map(e => e.outerHTML.slice(0, 120))"""


@dataclass
class Served:
    """A server of the status page; ``of`` is what it shows, ``asked`` are the paths that it was asked for.

    While it is not ``is_up``, it ends each connection without an answer.
    """

    of: Callable[[], Observation] = ok
    is_detailed: bool = True
    nonce: str | None = None
    is_up: bool = True
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def page(self) -> bytes:
        """Return the page as it is now."""
        return status_page(self.of(), is_detailed=self.is_detailed, can_post=True, nonce=self.nonce).encode()


@contextmanager
def serving(served: Served) -> Iterator[None]:
    """Serve ``served`` on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if not served.is_up:
                return
            page = served.page()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", content_security_policy(served.nonce))
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}/database/migrations"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests here."""
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def served() -> Iterator[Served]:
    """A server of the page."""
    found = Served()
    with serving(found):
        yield found


def look(tab: Tab) -> None:
    """Let the page look again at once: it is paused, and goes on."""
    tab.value("{ const button = document.getElementById('pause'); button.click(); button.click(); }")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_each_state_on_a_narrow_screen(browser: Browser, served: Served, state: str, scheme: str) -> None:
    """At a width of 360 pixels nothing is clipped, and the browser has nothing to complain about."""
    served.of = STATES[state]
    with browser.tab(width=360) as tab:
        tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        tab.open(served.url)

        assert tab.value("document.title").startswith(f"{state}: ")
        assert tab.value("document.documentElement.scrollWidth") == 360
        assert tab.value(CLIPPED) == []
        assert tab.value("getComputedStyle(document.body).borderTopStyle") == "solid"  # the style is obeyed
        assert tab.value("document.getElementById('pause').hidden") is False  # so is the script
        assert tab.complaints() == []
        assert set(served.asked) == {"/database/migrations"}


@pytest.mark.parametrize("is_detailed", [True, False])
def test_with_a_nonce(browser: Browser, served: Served, *, is_detailed: bool) -> None:
    """With a nonce in place of the hashes it is as well."""
    served.nonce, served.is_detailed = "bm9uY2U=", is_detailed
    with browser.tab() as tab:
        tab.open(served.url)

        assert tab.value("getComputedStyle(document.body).borderTopStyle") == "solid"
        assert tab.value("document.getElementById('pause').hidden") is False
        assert tab.complaints() == []


def test_the_policy_is_enforced(browser: Browser, served: Served) -> None:
    """What somebody brings into the page is neither executed nor loaded, and these tests would see it complained of."""
    with browser.tab() as tab:
        tab.open(served.url)
        tab.value("""{
            const add = (tag, more) => document.body.append(Object.assign(document.createElement(tag), more));
            add("img", {src: "/stolen"}); add("style", {textContent: "body { display: none }"});
            add("iframe", {src: "/framed"}); }""")

        said = tab.complaints()
        assert len([line for line in said if "violates the following Content Security Policy" in line]) >= 3
        assert tab.value("getComputedStyle(document.body).display") == "block"
        assert set(served.asked) == {"/database/migrations"}


def test_it_cannot_be_framed(browser: Browser, served: Served) -> None:
    """A page of somebody else cannot show it in a frame."""
    with browser.tab() as tab:
        tab.value(f"document.body.append(Object.assign(document.createElement('iframe'), {{src: '{served.url}'}}))")
        wait_until(lambda: bool(served.asked), "it was asked for")

        wait_until(lambda: any("frame-ancestors" in line for line in tab.complaints()), "it is refused")


def test_without_javascript(browser: Browser, served: Served) -> None:
    """Without JavaScript the page loads itself again, and the reader stays at the same place of it."""
    served.of = running
    with browser.tab(width=360) as tab:
        tab.ask("Emulation.setScriptExecutionDisabled", value=True)
        tab.open(served.url)
        tab.ask("Emulation.setScriptExecutionDisabled", value=True)
        tab.value("scrollTo(0, 400)")
        assert tab.value("document.getElementById('pause').hidden") is True
        wait_until(lambda: len(served.asked) > 1, "it is loaded again")
        tab.wait_for("document.readyState === 'complete'")

        tab.wait_for("scrollY === 400")
        assert tab.complaints() == []


def test_a_selection_and_the_place_outlive_a_change(browser: Browser, served: Served) -> None:
    """With JavaScript, what has changed is replaced where the reader is not at it, and the page is not loaded again."""
    served.of = failed
    with browser.tab(width=360) as tab:
        tab.open(served.url)
        tab.value("mark = document.querySelector('mark')")
        tab.value("getSelection().selectAllChildren(mark); scrollTo(0, 300)")
        place = tab.value("mark.getBoundingClientRect().top")
        served.of = ok
        look(tab)
        tab.wait_for("document.title === 'ok: All 8 migrations are completed.'")

        assert tab.value("document.body.className") == "ok"
        assert tab.value("document.getElementById('state').textContent") == "okAll 8 migrations are completed."
        assert tab.value("document.getElementById('startup').textContent") == ""
        assert tab.value("getSelection().toString().includes('INDEX idx_feature_flags_name')") is True
        assert abs(tab.value("mark.getBoundingClientRect().top") - place) < 1
        tab.value("getSelection().removeAllRanges()")
        look(tab)
        tab.wait_for("document.getElementById('failure').textContent === ''")
        assert tab.complaints() == []


def test_a_page_that_is_out_of_date_says_so(browser: Browser, served: Served) -> None:
    """When nobody answers any more, the page says since when; when somebody does again, it no longer does."""
    with browser.tab() as tab:
        tab.open(served.url)
        assert tab.value("document.getElementById('stale').textContent") == ""
        served.is_up = False
        look(tab)
        tab.wait_for("document.getElementById('stale').textContent.startsWith('No answer since ')")
        served.is_up = True
        look(tab)
        tab.wait_for("document.getElementById('stale').textContent === ''")


def test_the_keyboard_reaches_what_can_be_used(browser: Browser, served: Served) -> None:
    """The Tab key comes to the button, which shows that it has the focus."""
    with browser.tab() as tab:
        tab.open(served.url)
        for kind in ("keyDown", "keyUp"):
            tab.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

        tab.wait_for("document.activeElement.id === 'pause'")
        assert tab.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def axe() -> str:
    """Return the source of axe-core; the test is skipped where it is not here."""
    spec = find_spec("axe_playwright_python")
    folders = [os.environ.get("AXE_CORE"), *((spec and spec.submodule_search_locations) or ())]
    for folder in filter(None, folders):
        if (path := Path(folder, "axe.min.js")).exists():
            return path.read_text("utf-8")
    pytest.skip("there is no axe-core here: npm install axe-core, and set AXE_CORE to the folder of axe.min.js")


@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (360, "dark")])
def test_axe_finds_nothing(browser: Browser, served: Served, width: int, scheme: str) -> None:
    """axe-core finds nothing in any state, for all who may and may not see details."""
    source = axe()
    with browser.tab(width=width) as tab:
        tab.ask("Page.setBypassCSP", enabled=True)  # for axe's own sake
        tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for of, is_detailed in [*((of, True) for of in STATES.values()), (failed, False)]:
            served.of, served.is_detailed = of, is_detailed
            tab.open(served.url)
            tab.value(f"{source};0")
            found = tab.value("axe.run().then(r => [r.passes.length, r.violations.map(v => [v.id, v.impact])])")
            assert found[0] > 20
            assert found[1] == []
