"""temporary"""

NOTIFY_SOCKET = "NOTIFY_SOCKET"
