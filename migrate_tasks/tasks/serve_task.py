"""``invoke serve``: the app as a server of its own."""

from __future__ import annotations

import signal

from invoke import Context, Exit, task

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.tasks.edge import HELP, edge, say, settings_of, whole_number

LARGEST_PORT = 65535


@task(
    help={
        "host": "address to listen on (default: 127.0.0.1)",
        "port": "port to listen on (default: 3000; 0: any that is free)",
        "directory": HELP["directory"],
        "url": HELP["url"],
    }
)
@edge
def serve(
    c: Context, host: str = "127.0.0.1", port: str = "3000", directory: str | None = None, url: str | None = None
) -> None:
    """Serve the status page, status, health, run and reset over HTTP, until interrupted."""
    from migrate_tasks.postgres.servers import open_database

    settings, number = settings_of(c, directory=directory, url=url), _port(port)
    try:
        from migrate_tasks.api.app import create_server
        from migrate_tasks.api.audit import write_to_stderr
        from migrate_tasks.api.serving import address_of, listening, serve_app
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"{error.name} is not installed", hint="pip install 'migrate-tasks[api]'") from None
    app = create_server(settings)
    write_to_stderr()
    try:
        with listening(host, number) as listener, open_database(settings) as database:
            words = f"{address_of(listener)} serves {database.description}"
            serve_app(app, listener, settings.grace_period, on_ready=lambda: say(words))
    except KeyboardInterrupt as interrupt:  # it is how a server ends
        raise Exit(code=128 + (interrupt.args or [signal.SIGINT])[0]) from None


def _port(value: str) -> int:
    number = whole_number("port", value)
    if number > LARGEST_PORT:
        raise ConfigurationError(f"--port: there is no port {number}", hint=f"The last one is {LARGEST_PORT}.")
    return number
