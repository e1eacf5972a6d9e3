"""SQL as text: from characters to tokens to statements with exact offsets. Pure; used by runner and lint."""
