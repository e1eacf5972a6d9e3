"""What CREATE DATABASE does not copy of a template: a database's own settings, privileges, limit, comment and owner.

It is put into each clone by statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

READ_DATABASE = """
SELECT d.datconnlimit, quote_ident(pg_get_userbyid(d.datdba)), pg_get_userbyid(d.datdba) <> current_user,
  d.datacl IS NOT NULL
FROM pg_database d WHERE d.datname = %s
"""
READ_SETTINGS = """
SELECT quote_ident(r.rolname), unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = %s
"""
READ_PRIVILEGES = """
SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
  a.is_grantable
FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = %s
"""
# settings whose value is stored as a list of names, quoted where they must be (variable_is_guc_list_quote in pg_dump)
LISTS = ("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries")


def read_settings_of(admin: psycopg.Connection[Any], name: str, comment: str | None) -> list[tuple[str, str]]:
    """Return statements, as what comes before and after a database's name, for what CREATE DATABASE does not copy."""
    row = admin.execute(READ_DATABASE, (name,)).fetchone()
    assert row
    limit, owner, is_of_another, has_privileges = row
    found = [
        (f"ALTER ROLE {role} IN DATABASE" if role else "ALTER DATABASE", _setting(admin, config))
        for role, config in admin.execute(READ_SETTINGS, (name,))
    ]
    if has_privileges:
        found.append(("REVOKE ALL ON DATABASE", "FROM PUBLIC"))
        for privilege, grantee, is_grantable in admin.execute(READ_PRIVILEGES, (name,)):
            option = " WITH GRANT OPTION" if is_grantable else ""
            found.append((f"GRANT {privilege} ON DATABASE", f"TO {grantee}{option}"))
    if limit >= 0:
        found.append(("ALTER DATABASE", f"CONNECTION LIMIT {limit}"))
    if comment:
        found.append(("COMMENT ON DATABASE", f"IS {sql.Literal(comment).as_string(admin)}"))
    if is_of_another:
        found.append(("ALTER DATABASE", f"OWNER TO {owner}"))
    return found


def _setting(admin: psycopg.Connection[Any], config: str) -> str:
    name, value = config.split("=", 1)
    shown = value if name in LISTS and value else sql.Literal(value).as_string(admin)
    return f"SET {name} TO {shown}"
