"""A real browser for the tests: the system's chromium, driven over its own pipe (Chrome DevTools Protocol)."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 30.0  # seconds
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
)


@dataclass
class Browser:
    """A browser at work; ``events`` are those of its tabs that nobody has taken yet."""

    to: int
    back: int
    events: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _unread: bytes = b""

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """Return the browser's answer."""
        number = next(self._numbers)
        asked = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self.to, json.dumps(asked).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]
            self.events.append(said)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            assert select.select([self.back], [], [], PATIENCE)[0], "the browser does not answer"
            found = os.read(self.back, 1 << 20)
            assert found, "the browser has ended"
            self._unread += found
        message, _, self._unread = self._unread.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    @contextmanager
    def tab(self, width: int = 1100) -> Iterator[Tab]:
        """Yield a new tab, as wide as that."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Log", "Audits"):
            tab.ask(f"{domain}.enable")
        tab.ask("Emulation.setDeviceMetricsOverride", width=width, height=700, deviceScaleFactor=1, mobile=width < 500)
        try:
            yield tab
        finally:
            self.ask("Target.closeTarget", targetId=target)
            self.events.clear()


@dataclass(frozen=True)
class Tab:
    """One tab of the browser."""

    browser: Browser
    session: str

    def ask(self, method: str, **parameters: Any) -> Any:
        """Return the tab's answer."""
        return self.browser.ask(method, self.session, **parameters)

    def open(self, url: str) -> None:
        """Open ``url``, and wait until all of it is there."""
        assert "errorText" not in self.ask("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression: str) -> Any:
        """Return what ``expression``, in JavaScript, amounts to; of a promise, what it comes to."""
        done = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until ``expression`` is true."""
        wait_until(lambda: bool(self.value(expression)), expression)

    def complaints(self) -> list[str]:
        """Return what the browser had to say of the page: on the console, of its errors, and of its policy."""
        time.sleep(0.05)
        self.value("0")  # what was said before its answer is read with it
        events = [event for event in self.browser.events if event.get("sessionId") == self.session]
        return [text for event in events for text in _complaint(event)]


def _complaint(event: dict[str, Any]) -> Iterator[str]:
    said = event["params"]
    match event["method"]:
        case "Log.entryAdded":
            yield said["entry"]["text"]
        case "Runtime.consoleAPICalled":
            yield str(said["args"])
        case "Runtime.exceptionThrown":
            yield str(said["exceptionDetails"])
        case "Audits.issueAdded":
            yield said["issue"]["code"]
        case _:
            pass


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until ``is_so``."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Yield the system's chromium; the test is skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    shell = shutil.which("bash")
    if program is None or shell is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    its_in, to = os.pipe()
    back, its_out = os.pipe()
    sandbox = () if os.geteuid() else ("--no-sandbox",)  # chromium has none for root
    process = subprocess.Popen(
        # it wants to be asked on 3, and answers on 4
        [
            shell,
            "-c",
            f'exec "$0" "$@" 3<&{its_in} 4>&{its_out}',
            program,
            *FLAGS,
            *sandbox,
            f"--user-data-dir={profile}",
        ],
        pass_fds=(its_in, its_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_in)
    os.close(its_out)
    try:
        browser = Browser(to, back)
        yield browser
        browser.ask("Browser.close")
        process.wait(PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        os.close(to)
        os.close(back)
