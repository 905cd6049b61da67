"""A command typed wrongly, said as every other error of ours: what was attempted, what was found, what to do. Pure.

The exit code is click's 2, as everywhere on Unix; where 2 has another meaning (`call`) the error brings its own.
"""

import click


def usage_complaint(error: click.UsageError) -> str:
    """Two lines, with the code `usage`."""
    command = error.ctx.command_path if error.ctx else "./120"
    hints: list[str] = []
    if isinstance(error, click.NoSuchOption):
        found = f"{command} has no option {error.option_name}"
        hints = [f"Did you mean {' or '.join(sorted(error.possibilities))}?"] if error.possibilities else []
    elif isinstance(error, click.MissingParameter):
        found = f"{command} was not run: it needs {_name(error)}"
    elif isinstance(error, click.BadParameter):
        found = f"{command} was not run: {_name(error)}: {error.message.rstrip('.')}"
    else:
        found = f"{command} was not run: {error.format_message().rstrip('.')}"
    group = error.ctx is not None and isinstance(error.ctx.command, click.Group)
    hints.append(f"{command} --help lists its {'commands' if group else 'options'}.")
    return f"{found}.\n     {' '.join(hints)} [usage]"


def _name(error: click.BadParameter) -> str:
    """The option or argument as it is typed."""
    if error.param is None:
        return str(error.param_hint or "a value")
    if isinstance(error.param, click.Argument):
        return error.param.human_readable_name
    return "/".join(error.param.opts)
