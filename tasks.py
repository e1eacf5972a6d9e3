"""This repository's invoke tasks: the product's own, and the phases of the example application."""

from invoke import Collection, Context, task

from migrate_tasks.tasks import migrate, startup


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

    with connect() as connection:
        store = VectorStore(connection, read_app_settings().search_candidates)
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
def background_services(_: Context) -> None:
    """Run the worker of the background jobs until it has done one."""
    from example_app.jobs import prove
    from example_app.settings import read_app_settings

    print(prove(read_app_settings().database_url))


namespace = Collection(startup, migrate, serve, environment, database_health, vector_store, memory_store, background_services)
