"""What `./120 --help` says before anything is installed. Standard library only."""

LINES = (
    "Usage: ./120 COMMAND [OPTIONS]",
    "",
    "The first command installs what is missing below CENTRE120_HOME (default ./var): no root needed.",
    "",
    "  up [--detach] [--demo]   install, migrate, start everything; prints the address and first logins",
    "  down                     stop everything cleanly",
    "  status [--json]          what runs and where",
    "  restart PROGRAM          stop and start one program",
    "  doctor [--json]          what is wrong and how to mend it",
    "  users, password USER     who may log in; a new password for who lost theirs",
    "  call                     place a real call as a citizen",
    "  cases                    seal resident registration numbers, change their key",
    "  prompts                  list, render and check what is said",
    "  check                    format, style, types, imports, unit and upkeep tests",
    "  test [ARGUMENTS]         the whole test suite; arguments go to pytest",
    "  bench NAME               measure",
    "  version                  versions of the centre and of what it runs on",
)

if __name__ == "__main__":
    print("\n".join(LINES))
