"""The one command, and what it installs, starts and watches."""
