"""The reference, made from the program: commands from the Typer app, Python from the docstrings.

A page of the reference holds a comment where the generated part goes, such as
``<!-- generated: commands -->``.
"""

import enum
import inspect
from collections.abc import Callable
from typing import Any

import typer


def commands() -> str:
    """Describe every command of the command line, in the order of ``symscope --help``."""
    from symscope.cli import app

    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="symscope")
    parts = ["## `symscope`", _parameters(group, context)]
    for name, command in group.commands.items():
        if command.hidden:
            continue
        inner = typer.Context(command, info_name=name, parent=context)
        parts += [
            f"## `symscope {name}`",
            str(command.help or "").strip(),
            f"```text\nsymscope {name} {_usage(command)}\n```",
            _parameters(command, inner),
        ]
    return "\n\n".join(parts)


def _usage(command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [(p.metavar or p.name.upper(), p.required) for p in arguments]
    return " ".join(["[OPTIONS]", *(word if needed else f"[{word}]" for word, needed in words)])


def _parameters(command: Any, context: Any) -> str:
    lines = ["| argument or option | what it does | default |", "|---|---|---|"]
    for parameter in command.params:
        if getattr(parameter, "hidden", False):
            continue
        cells = (_written(parameter, context), parameter.help or "", _default(parameter, context))
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _written(parameter: Any, context: Any) -> str:
    """Give a parameter as help shows it: ``--zoom <float>``."""
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    shown, _ = parameter.get_help_record(context)
    return f"`{shown}`"


def _default(parameter: Any, context: Any) -> str:
    if parameter.required:
        return "needed"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    value = parameter.get_default(context, call=False)
    if isinstance(value, enum.Enum):
        value = value.value
    if value is None or (getattr(parameter, "is_flag", False) and not value):
        return ""
    if isinstance(value, bool):
        return f"`{parameter.opts[0]}`"
    return f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def public_names() -> str:
    """List what ``from symscope import …`` offers, with the first sentence of each."""
    import symscope

    lines = ["| name | what it is |", "|---|---|"]
    for name in sorted(symscope.__all__, key=str.lower):
        item = getattr(symscope, name)
        sentence = (inspect.getdoc(item) or "").split("\n\n")[0]
        kind = "py:func" if inspect.isfunction(item) else "py:class"
        lines.append(f"| {{{kind}}}`{name} <{item.__module__}.{name}>` | {_cell(sentence)} |")
    return "\n".join(lines)


def modules() -> str:
    """Document the modules that public names come from, each with all that it defines."""
    import symscope

    homes = sorted({getattr(symscope, name).__module__ for name in symscope.__all__})
    automodule = "```{{eval-rst}}\n.. automodule:: {0}\n   :members:\n```"
    return "\n\n".join(f"## `{home}`\n\n{automodule.format(home)}" for home in homes)


def exit_codes() -> str:
    """List the classes of errors with their outcomes and exit codes."""
    from symscope import errors

    lines = ["| error | outcome of a row | exit code | when |", "|---|---|---|---|"]
    for item in vars(errors).values():
        if inspect.isclass(item) and issubclass(item, errors.SymscopeError):
            outcome = f"`{item.outcome}`" if item.outcome else ""
            cells = (f"`{item.__name__}`", outcome, str(item.exit_code), item.__doc__ or "")
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


GENERATED: dict[str, Callable[[], str]] = {
    "commands": commands,
    "public names": public_names,
    "modules": modules,
    "errors": exit_codes,
}


def filled(text: str) -> str:
    """Put the generated parts where their comments stand."""
    for name, make in GENERATED.items():
        mark = f"<!-- generated: {name} -->"
        if mark in text:
            text = text.replace(mark, make())
    return text


def _on_read(app: Any, page: str, source: list[str]) -> None:
    if page.startswith("reference/"):
        source[0] = filled(source[0])


def setup(app: Any) -> dict[str, Any]:
    """Connect this extension to Sphinx."""
    app.connect("source-read", _on_read)
    # What is generated depends on the program, not on the page's file.
    app.connect("env-before-read-docs", _read_again)
    return {"version": "1", "parallel_read_safe": True}


def _read_again(app: Any, environment: Any, pages: list[str]) -> None:
    pages += [p for p in environment.found_docs if p.startswith("reference/") and p not in pages]
