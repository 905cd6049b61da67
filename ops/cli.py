"""The command line of `./120`. Thin: options in, one call, an exit code out."""

import errno
import importlib
import os
import pwd
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from centre120.errors import CentreError
from centre120.settings import REPOSITORY, Settings, load_settings
from ops.progress import complain
from ops.usage import usage_complaint

ELSEWHERE = {
    "books": "ops.books",
    "cases": "ops.cases",
    "entries": "ops.entries",
    "faults": "ops.faults",
    "call": "ops.call",
    "simulate": "ops.simulate",
    "bench": "ops.bench",
    "prompts": "ops.prompts",
    "bans": "ops.guard.command",
    "users": "ops.users",
    "password": "ops.users",
    "report": "ops.report",
    "dialplan": "ops.dialplan",
    "import": "ops.imports",
}
"""Commands that other modules define, loaded when they are used."""
NAMES = {"import": "imports"}
"""Those whose word Python keeps for itself."""


class Group(click.Group):
    """Loads the commands of ELSEWHERE late: `status` should not wait for the libraries of `simulate`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module = ELSEWHERE[cmd_name]
        try:
            command: click.Command = getattr(importlib.import_module(module), NAMES.get(cmd_name, cmd_name))
        except (ModuleNotFoundError, AttributeError) as error:
            if isinstance(error, ModuleNotFoundError) and not module.startswith(error.name or "-"):
                raise
            return click.Command(
                cmd_name,
                help="Not built yet.",
                params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
                context_settings={"ignore_unknown_options": True},
                callback=lambda arguments: _not_built(cmd_name),
            )
        return command


def _not_built(name: str) -> None:
    complain(f"120: {name} is not built yet [not-built]")
    sys.exit(1)


def current() -> Settings:
    """The settings of the running or last centre."""
    return load_settings()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """A 120 civic contact centre. Everything it writes is below CENTRE120_HOME (default ./var)."""


@cli.command()
@click.option("--detach", is_flag=True, help="Return when a call would be answered; stop with ./120 down.")
@click.option("--demo", is_flag=True, help="With the demo city: departments, agents, callers, a carrier.")
@click.option("--workers", type=click.IntRange(1, 9), help="Number of ari_app processes (default 1).")
def up(detach: bool, demo: bool, workers: int | None) -> None:
    """Install what is missing, migrate, start everything, print the address and the first logins."""
    from ops import up as starting

    options: dict[str, object] = {"demo": True if demo else None, "workers": workers}
    settings = load_settings(remembered=False)
    given = {name: value for name, value in options.items() if value is not None}
    sys.exit(starting.up(settings.model_copy(update=given), options, detach))


@cli.command()
def down() -> None:
    """Stop everything cleanly. Does nothing when nothing runs."""
    from ops import supervise
    from ops.remembered import forget
    from ops.up import only_one

    settings = current()
    if supervise.stop(settings):
        print("Stopped.")
    else:
        print("Nothing runs.")
    with only_one(settings.home):
        forget(settings)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def status(as_json: bool) -> None:
    """Say what runs and where. Exit code 0: all runs; 1: something does not; 3: nothing does."""
    from ops import status as answering

    sys.exit(answering.report(current(), as_json))


@cli.command()
@click.argument("program")
def restart(program: str) -> None:
    """Stop and start one PROGRAM (names as in ./120 status)."""
    from ops import supervise

    supervise.restart_program(current(), program)
    print(f"{program} restarted.")


@cli.command()
@click.option(
    "--security", is_flag=True, help="Compare the running Asterisk with the security baseline instead."
)
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def doctor(security: bool, as_json: bool) -> None:
    """Look for what is wrong and say how to mend it. Exit code 1 when a check failed."""
    if security:
        from ops import doctor_security

        sys.exit(doctor_security.report(current(), as_json))
    from ops import doctor as looking

    sys.exit(looking.report(current(), as_json))


@cli.command()
def check() -> None:
    """Format, style, types, imports, unit and upkeep tests; under a minute."""
    from ops import suite

    sys.exit(suite.check(current()))


@cli.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """The whole test suite in a home and on ports of its own; ARGUMENTS go to pytest."""
    from ops import suite

    sys.exit(suite.test(current(), list(arguments)))


@cli.command()
def version() -> None:
    """Versions of the centre and of what it runs on."""
    from ops import doctor as looking

    print("\n".join(looking.version_lines(current())))


def main() -> None:
    """Entry point: no traceback for what a person can mend."""
    try:
        left = cli(prog_name="./120", standalone_mode=False)
        sys.exit(left if isinstance(left, int) else 0)  # an int: what --help and the like ended with
    except click.UsageError as error:
        complain(f"120: {usage_complaint(error)}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        complain(f"120: {error.format_message()}")
        sys.exit(error.exit_code)
    except CentreError as error:
        complain(f"120: {error.text}\n     {error.next_step} [{error.code}]")
        sys.exit(1)
    except ValidationError as error:
        complain(f"120: {settings_complaint(error.errors())}")
        sys.exit(1)
    except OSError as error:
        complain(f"120: {os_complaint(error)}")
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        complain("120: stopped")
        sys.exit(130)
    except Exception as error:
        complain(f"120: {bug_complaint(error)}")
        sys.exit(1)


def os_complaint(error: OSError) -> str:
    """What the machine refused, on what, and what to do."""
    if error.errno == errno.ENOSPC:
        return f"The disk is full: {error}\n     Free some room and run it again. [disk-full]"
    where = f" on {error.filename}" if error.filename else ""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        who = pwd.getpwuid(os.geteuid()).pw_name
        return (
            f"The account {who} may not do this{where}: {error.strerror}.\n"
            f"     Give the folder to that account (chown -R {who} FOLDER), or set CENTRE120_HOME and"
            " CENTRE120_PARTS to folders of its own. [not-permitted]"
        )
    return f"The machine refused{where}: {error.strerror or error}. [machine-refused]"


def bug_complaint(error: Exception) -> str:
    """An error nobody foresaw is our program's fault; its trace goes to a file, not to the person."""
    home = Path(os.environ.get("CENTRE120_HOME") or REPOSITORY / "var")
    try:
        (home / "log").mkdir(parents=True, exist_ok=True)
        path = home / "log" / "120.log"
        with path.open("a", encoding="utf-8") as file:
            file.write(
                f"{datetime.now(UTC).isoformat()} {' '.join(sys.argv[1:])}\n{traceback.format_exc()}\n"
            )
        where = f"The trace is in {path}; send it with your report."
    except OSError:
        where = traceback.format_exc()
    return f"A fault of this program: {type(error).__name__}: {error}\n     {where} [program-fault]"


def settings_complaint(errors: list[Any]) -> str:
    """Which variable is wrong and why."""
    words = [
        f"CENTRE120_{str(one['loc'][0]).upper() if one['loc'] else '?'}={one['input']}: {one['msg']}"
        for one in errors
    ]
    text = "; ".join(words)
    return f"{text}.\n     Correct it in the environment or in <home>/settings.env. [setting-invalid]"


if __name__ == "__main__":
    main()
