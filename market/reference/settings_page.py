"""Every setting, read off the classes that hold them: name, type, default, and what it says."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, Final

from market.settings import Settings
from market.vault.settings import AgentSettings

_ENTRY: Final = re.compile(r"^    (?:    )?([a-z0-9_]+(?:, [a-z0-9_]+)*): (.*)$")


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a settings file.

    Attributes:
        variable: the environment variable that wins over the file; empty where there is none.
        default: as it would be written in the file; empty where one must be given.
        meaning: from the class's docstring, in one line.
    """

    key: str
    variable: str
    type: str
    default: str
    meaning: str


def platform_settings() -> tuple[Setting, ...]:
    """Keys of MARKET_HOME/market.toml; `home` is where that file lies, and is not one of them."""
    return tuple(one for one in _settings(Settings, "MARKET_") if one.key != "home")


def agent_settings() -> tuple[Setting, ...]:
    """Keys of the agent's agent.toml."""
    return _settings(AgentSettings, "")


def _settings(kind: type[Any], prefix: str) -> tuple[Setting, ...]:
    meanings = attribute_texts(kind.__doc__ or "")
    return tuple(
        Setting(
            field.name,
            f"{prefix}{field.name.upper()}" if prefix else "",
            _type(str(field.type)),
            _default(field.default),
            meanings.get(field.name, ""),
        )
        for field in dataclasses.fields(kind)
    )


def attribute_texts(docstring: str) -> dict[str, str]:
    """The texts under `Attributes:`, by name; one text may stand for several names."""
    _, _, section = docstring.partition("Attributes:\n")
    texts: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if entry := _ENTRY.match(line):
            names = entry[1].split(", ")
            texts.update(dict.fromkeys(names, entry[2]))
        elif line.strip():
            texts.update({name: f"{texts[name]} {line.strip()}" for name in names})
    return texts


def _type(annotation: str) -> str:
    if choices := re.findall(r'"([a-z0-9]+)"', annotation.replace("'", '"')):
        return " or ".join(choices)
    return {"str": "text", "int": "integer", "bool": "true or false"}.get(annotation, annotation)


def _default(value: object) -> str:
    if value is dataclasses.MISSING:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
