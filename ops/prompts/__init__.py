"""The prompts as sound: rendered at every start, each from the best voice there is, never silent.

`render_all` and `missing_recordings` are what `up` and `doctor` call; `prompts` is the command. numpy is imported only
when something has to be rendered.
"""

from ops.prompts.command import prompts
from ops.prompts.missing import missing_recordings
from ops.prompts.render import render_all

__all__ = ["missing_recordings", "prompts", "render_all"]
