"""One script of a module and of all that it imports, for a page that stands alone."""

import posixpath
import re

from app.components import scripts

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)"\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) (\w+))", re.MULTILINE)
_COMMENTS = re.compile(r"^ *//.*\n|^ *(?:/\*\*(?:(?!\*/)[\s\S])*\*/\n)", re.MULTILINE)


def bundled(entry: str) -> str:
    """The script. entry: its address below a version, "components/js/network.js".

    Every module becomes a function that gives what it exports, so that names of two modules never meet; one that is
    imported runs once, before who imports it. Comments and indents go. Raises ValueError for an import or export of a
    form that no module of ours has, or if modules import each other in a circle.
    """
    made: dict[str, str] = {}
    parts: list[str] = []
    _add(entry, made, parts, ())
    return re.sub(r"\n +", "\n", "".join(parts))


def _add(address: str, made: dict[str, str], parts: list[str], above: tuple[str, ...]) -> str:
    """Put a module behind those that it imports, once. Returns the name of what it gives."""
    if address in above:
        raise ValueError(f"{address} imports itself by {above[-1]}")
    if address in made:
        return made[address]
    text = _COMMENTS.sub("", scripts.contents()[address].decode())
    folder = posixpath.dirname(address)

    def imported(found: re.Match[str]) -> str:
        where = posixpath.normpath(posixpath.join(folder, found[2]))
        names = re.sub(r"(\w+) as (\w+)", r"\1: \2", " ".join(found[1].split()))
        return f"const {{ {names} }} = {_add(where, made, parts, (*above, address))}\n"

    text = _IMPORT.sub(imported, text)
    exports = _EXPORT.findall(text)
    text = _EXPORT.sub("", text)
    if strange := re.search(r"^(?:import|export)\b.*", text, re.MULTILINE):
        raise ValueError(f"{address} has a line that cannot be bundled: {strange[0]}")
    made[address] = f"module{len(made)}"
    parts.append(f"const {made[address]} = (() => {{\n{text}return {{ {', '.join(exports)} }}\n}})()\n")
    return made[address]
