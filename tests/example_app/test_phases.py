"""The ten phases: that they succeed, and what each tells when it fails, for real and as a whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import read_settings, run_migrations
from tests.shown import normalized
from tests.support import INVOKE, REPOSITORY, Project, clean_environment, find_port, processes_of, until_stopped

if TYPE_CHECKING:
    from pathlib import Path

# what each says last, without versions and times
PHASES = {
    "environment": "environment development, 40 search candidates",
    "database_health": 'version 18, database "app"',
    "database_migrations": "8 migrations: 8 executed, 0 skipped in #ms",
    "vector_store": "HNSW index of version",
    "memory_store": "0 threads",
    "mcp_tools": "tools migration_status, lint, plan",
    "agents_workflows": "2 agents, 2 workflows",
    "api_routes": "9 routes",
    "application_instance": "2 agents, 2 workflows, 3 tools, 2 jobs",
    "background_services": "2 kinds of jobs, 0 waiting",
}
ONCE = "  Tried     1 attempt; not again: it has no retries\n"
MENDABLE = "  Tried     1 attempt; not again: what is wrong with the configuration is still wrong then\n"
NOT_TRANSIENT = "  Tried     1 attempt; not again: retry_on names transient, and this is failure\n"


@pytest.fixture
def service(example: Project, url: str) -> Project:
    """The example application on a database with all its migrations."""
    run_migrations(read_settings(REPOSITORY, environ={"DATABASE_URL": url}))
    return Project(example.root, {"DATABASE_URL": url, "APP_ENV": "development"})


def report_of(project: Project, phase: str, **environ: str) -> str:
    """Return what a start-up of ``phase`` alone tells of its failure, without times."""
    said = project.invoke("startup", "--only", phase, **environ)

    assert said.code != 0, said.out
    return re.sub(r"\d+(\.\d+)?m?s\n", "#\n", said.err, count=1)


def execute(project: Project, statement: str) -> None:
    """Execute SQL in the project's database."""
    with psycopg.connect(project.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement.encode())


def change(project: Project, name: str, before: str, after: str) -> None:
    """Change a file of the project."""
    text = (project.root / name).read_text()
    assert before in text
    project.write(name, text.replace(before, after))


def test_all_ten_succeed(example: Project) -> None:
    """On the embedded server the seed's ten phases succeed in its order; nothing is left, also not in the tables."""
    said = example.invoke("startup")
    until_stopped(example.root / ".postgres")
    counts = example.invoke("startup", "--only", "memory_store,background_services")
    until_stopped(example.root / ".postgres")

    lines = [line.split(" | ") for line in normalized(said.out).splitlines() if " | " in line]
    assert (said.code, said.err) == (0, "")
    assert [line.split()[0] for line in said.out.splitlines()[-12:-2]] == list(PHASES)
    assert {phase.split()[1]: text.strip() for phase, text in lines} == PHASES
    assert "| 0 threads" in counts.out
    assert "| 2 kinds of jobs, 0 waiting" in counts.out
    assert processes_of(example.root) == []


def test_environment_without_a_setting(service: Project) -> None:
    """Where only the migrations have a URL, the missing one of the service is named."""
    url = service.environ.pop("DATABASE_URL")

    assert report_of(service, "environment", MIGRATION_DATABASE_URL=url) == (
        'error: STARTUP FAILED in phase "environment" (1/10), after #\n'
        "  Problem   DATABASE_URL is not set   [configuration]\n"
        f"{ONCE}"
        "HINT: Set it to the URL of the service's database.\n"
    )


def test_a_database_of_another_encoding(service: Project) -> None:
    """A database that cannot store every text is refused."""
    url = service.environ["DATABASE_URL"]
    name = f"{url.rpartition('/')[2].partition('?')[0]}_ascii"
    execute(service, f"CREATE DATABASE {name} ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
    try:
        report = report_of(service, "database_health", DATABASE_URL=url.replace(name.removesuffix("_ascii"), name))
    finally:
        execute(service, f"DROP DATABASE {name}")

    assert report == (
        'error: STARTUP FAILED in phase "database_health" (2/10), after 1 of 3 attempts in #\n'
        f'  Problem   database "{name}" has the encoding SQL_ASCII   [configuration]\n'
        f"{MENDABLE}"
        f'HINT: CREATE DATABASE "{name}" ENCODING UTF8\n'
    )


@pytest.mark.parametrize("any_server", [15], indirect=True)
def test_no_pgvector(example: Project, any_url: str) -> None:
    """Without pgvector passages are found by an exact scan; where that will not do, the phase says what to install."""
    run_migrations(read_settings(REPOSITORY, environ={"DATABASE_URL": any_url}))
    service = Project(example.root, {"DATABASE_URL": any_url, "APP_ENV": "development"})
    scanned = service.invoke("startup", "--only", "vector_store")
    with psycopg.connect(any_url) as connection:
        name = connection.info.dbname

    assert "| exact scan, without pgvector\n" in scanned.out
    assert report_of(service, "vector_store", NEEDS_PGVECTOR="true") == (
        'error: STARTUP FAILED in phase "vector_store" (4/10), after 1 of 2 attempts in #\n'
        f'  Problem   database "{name}" has no pgvector, and NEEDS_PGVECTOR is set   [configuration]\n'
        f"{MENDABLE}"
        "HINT: Install it on the server, and as a superuser: CREATE EXTENSION vector\n"
    )


def test_embeddings_of_another_dimension(service: Project) -> None:
    """A release whose embeddings are shorter than the table's is told from the two that must agree."""
    change(service, "example_app/embeddings.py", "DIMENSIONS = 64", "DIMENSIONS = 32")

    assert report_of(service, "vector_store") == (
        'error: STARTUP FAILED in phase "vector_store" (4/10), after 1 of 2 attempts in #\n'
        "  Problem   embeddings of 32 numbers do not fit the table document_passages   [configuration]\n"
        f"{MENDABLE}"
        'DETAIL: new row for relation "document_passages" violates check constraint'
        ' "document_passages_embedding_check".\n'
        "HINT: Change both in one release: example_app/embeddings.py, and the table by a new migration.\n"
    )


def test_a_memory_that_forgets(service: Project) -> None:
    """Where a trigger changes what is stored, the memory says what it was told instead of starting."""
    execute(
        service,
        "CREATE FUNCTION shorten() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.content = left(NEW.content, 4); RETURN NEW; END $$;"
        " CREATE TRIGGER shorten BEFORE INSERT ON memory_messages FOR EACH ROW EXECUTE FUNCTION shorten()",
    )

    assert report_of(service, "memory_store") == (
        'error: STARTUP FAILED in phase "memory_store" (5/10), after 1 of 2 attempts in #\n'
        "  Problem   the memory store does not recall what it was told   [failure]\n"
        f"{NOT_TRANSIENT}"
        "DETAIL: Recalled [Message(author='user', content='What'), Message(author='agent', content='Whet')].\n"
        "HINT: The phase stands at startup.yaml:34:5.\n"
    )


def test_an_mcp_server_that_exits(service: Project) -> None:
    """An MCP server that ends at once leaves the start-up degraded, with what it said."""
    said = service.invoke("startup", "--only", "mcp_tools", MCP_SERVER="sh -c 'echo no licence >&2; exit 3'")

    assert said.code == 0
    assert normalized(said.out.partition("\n\n")[2].partition("\n\n")[2]) == (
        'warning: phase "mcp_tools" failed: the MCP server gave no answer: connection closed\n'
        "DETAIL: The server is \"sh -c 'echo no licence >&2; exit 3'\"; it said: no licence\n"
        "DEGRADED: 0 of 10 phases succeeded, 9 skipped in #ms; WITHOUT mcp_tools"
    )


def test_an_mcp_server_that_says_nothing(service: Project) -> None:
    """A server that never answers is ended with its phase when that is out of time, once for each attempt."""
    change(
        service,
        "startup.yaml",
        "timeout: 60s\n    retries: 1\n    retry_on",
        "timeout: 2s\n    retries: 1\n    retry_on",
    )
    said = service.invoke("startup", "--only", "mcp_tools", "--strict", MCP_SERVER="sh -c 'sleep 100 & exec sleep 100'")

    assert said.code == 1
    assert said.out.partition("warning: ")[2].partition("DEGRADED")[0] == (
        'phase "mcp_tools" timed out after 2 attempts: did not end within 2s\n'
        "DETAIL: It was ended, with every process that it had started.\n"
        "HINT: If it needs more time, raise the timeout of the phase at startup.yaml:41:5.\n"
    )
    assert processes_of(service.root) == []


def test_without_the_package_mcp(service: Project, tmp_path: Path) -> None:
    """Where the package "mcp" is not installed, the command that installs it is told."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for path in os.scandir(sysconfig.get_path("purelib")):
        if not path.name.startswith("mcp"):
            (packages / path.name).symlink_to(path.path)
    done = subprocess.run(
        [sys.executable, "-S", INVOKE, "startup", "--only", "mcp_tools", "--strict"],
        cwd=service.root,
        env=clean_environment({**service.environ, "PYTHONPATH": f"{REPOSITORY}:{packages}"}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout.partition("warning: ")[2].partition("DEGRADED")[0] == (
        'phase "mcp_tools" failed: the package "mcp" is not installed, or older than 2.0\n'
        "DETAIL: No module named 'mcp'.\n"
        "HINT: pip install --constraint constraints.txt --editable '.[example]'\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "problem", "hint"),
    [
        (
            'tools=("lint",)',
            'tools=("lnt",)',
            'agent "reviewer" names tool "lnt", which does not exist',
            'Did you mean "lint"?',
        ),
        (
            'jobs=("embed_document",)',
            'jobs=("embed_documents",)',
            'workflow "refresh_documents" names kind of job "embed_documents", which does not exist',
            'Did you mean "embed_document"?',
        ),
    ],
)
def test_what_does_not_exist(service: Project, before: str, after: str, problem: str, hint: str) -> None:
    """An agent's tool and a workflow's kind of job that do not exist are named, with what was meant."""
    change(service, "example_app/agents.py", before, after)

    assert report_of(service, "agents_workflows") == (
        'error: STARTUP FAILED in phase "agents_workflows" (7/10), after #\n'
        f"  Problem   {problem}   [configuration]\n"
        f"{ONCE}"
        f"HINT: {hint}\n"
    )


def test_a_route_that_fails(service: Project) -> None:
    """A route whose table is gone is named, with what the database says."""
    execute(service, "DROP TABLE documents CASCADE")

    assert report_of(service, "api_routes") == (
        'error: STARTUP FAILED in phase "api_routes" (8/10), after 1 of 2 attempts in #\n'
        '  Problem   route POST /documents failed: relation "documents" does not exist   [failure, SQLSTATE 42P01]\n'
        f"{NOT_TRANSIENT}"
        "HINT: The phase stands at startup.yaml:55:5.\n"
    )


def test_an_application_without_its_database(service: Project) -> None:
    """An application whose database does not answer does not begin; that may pass, so it is tried again."""
    port = find_port()
    url = f"postgresql://shop@127.0.0.1:{port}/shop"

    report = report_of(service, "application_instance", DATABASE_URL=url, MIGRATE_TASKS_CONNECT_WAIT="100ms")

    report = re.sub(r"a pause of \d+ms", "a pause", report)
    report = re.sub(r"\d+ connection attempts?", "N connection attempts", report)
    assert report == (
        'error: STARTUP FAILED in phase "application_instance" (9/10), after 2 of 2 attempts in #\n'
        f'  Problem   could not connect to database "shop" on "127.0.0.1:{port}" within 100ms: connection refused'
        "   [transient]\n"
        "  Tried     2 attempts, a pause; not again: its retries are used up\n"
        'DETAIL: N connection attempts as user "shop".\n'
        "HINT: Start the server, or mend the host and the port in the database's URL. Or raise retries of the phase at"
        " startup.yaml:62:5.\n"
    )


def test_background_services_without_their_table(service: Project) -> None:
    """Where the queue is not there, the probe job cannot be given to anybody."""
    execute(service, "DROP TABLE processing_jobs")

    assert report_of(service, "background_services").partition("\n")[2] == (
        "  Problem   there is no queue of jobs   [configuration, SQLSTATE 42P01]\n"
        f"{MENDABLE}"
        'DETAIL: relation "processing_jobs" does not exist.\n'
        "HINT: Run the migrations first: invoke migrate.run\n"
    )
