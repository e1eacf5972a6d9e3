"""What to do about an SQLSTATE that tells of the connection or of its rights."""

from __future__ import annotations

HINTS = {
    "28P01": "Mend the user or the password in the database's URL.",
    "28000": "Mend the user in the database's URL, or let pg_hba.conf of the server admit it.",
    "3D000": "Create the database, or mend its name in the database's URL.",
    "22023": "Mend it in the database's URL.",
    "42501": "GRANT the privilege, or name another user in the database's URL.",
    "57P03": "Wait until the server has started.",
    "53300": "Close other connections, or raise max_connections of the server.",
}
