"""This repository's invoke tasks: the product's own, and the phases of the example application."""

from invoke import Collection, Context, task

from migrate_tasks.tasks import migrate, serve, startup


@task
def environment(_: Context) -> None:
    """Load and check the settings of the document service."""
    from example_app.settings import read_app_settings

    settings = read_app_settings()
    print(f"environment {settings.environment}, {settings.search_candidates} search candidates")


@task
def database_health(_: Context) -> None:
    """Wait for the database, and see that it is one for the document service."""
    from example_app.database import check_database, connect

    with connect() as connection:
        print(check_database(connection))


@task
def vector_store(_: Context) -> None:
    """Make the index of the vector store, and prove a search."""
    from example_app.database import connect
    from example_app.settings import read_app_settings
    from example_app.vector_store import VectorStore

    settings = read_app_settings()
    with connect() as connection:
        store = VectorStore(connection, settings.search_candidates)
        if settings.needs_pgvector:
            store.require_pgvector()
        store.initialize()
        store.prove()
        print(store.method)


@task
def memory_store(_: Context) -> None:
    """Open the agents' memory, and prove a round trip."""
    from example_app.database import connect
    from example_app.memory_store import MemoryStore

    with connect() as connection:
        store = MemoryStore(connection)
        store.prove()
        print(f"{store.count_threads()} threads")


@task
def mcp_tools(_: Context) -> None:
    """Start the MCP server, and have its tools listed and one of them called."""
    from example_app.mcp_server import OWN_SERVER, prove
    from example_app.settings import read_app_settings

    names = prove(read_app_settings().mcp_server or OWN_SERVER)
    print(f"tools {', '.join(names)}")


@task
def agents_workflows(_: Context) -> None:
    """Register agents and workflows, and see that all that they name exists."""
    from example_app.agents import create_registry

    registry = create_registry()
    print(f"{len(registry.agents)} agents, {len(registry.workflows)} workflows")


@task
def api_routes(_: Context) -> None:
    """Build the routes, and ask each one."""
    from example_app.agents import create_registry
    from example_app.routes import prove

    print(f"{prove(create_registry())} routes")


@task
def application_instance(_: Context) -> None:
    """Put the application together, and run its lifespan once."""
    from example_app.app import app, prove

    print(prove(app))


@task
def background_services(_: Context) -> None:
    """Run the worker of the background jobs until it has done one."""
    from example_app.jobs import prove
    from example_app.settings import read_app_settings

    print(prove(read_app_settings().database_url))


namespace = Collection(
    startup,
    migrate,
    serve,
    environment,
    database_health,
    vector_store,
    memory_store,
    mcp_tools,
    agents_workflows,
    api_routes,
    application_instance,
    background_services,
)
