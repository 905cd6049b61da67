"""PROGRAM `recorder`: reads what the witnesses write and keeps PostgreSQL's record of it up to date."""
