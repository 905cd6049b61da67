"""What `./120 --help` says before anything is installed. Standard library only."""

TEXT = """\
Usage: ./120 COMMAND [OPTIONS]

The first command that needs it installs what is missing below CENTRE120_HOME (default ./var): no root needed.

  up [--detach] [--demo] [--workers N]   install, migrate, start everything; prints the address and first
  logins down                                   clean stop status [--json]                        what
  runs, and where restart PROGRAM                        stop and start one program doctor [--json]
  what is wrong and how to mend it call, simulate                         place real SIP calls check
  format, types, imports, unit tests test [pytest arguments]                the whole test suite bench
  NAME, prompts, version
"""

if __name__ == "__main__":
    print(TEXT, end="")
