"""Values -> text, JSON and tables. Nothing here prints."""
