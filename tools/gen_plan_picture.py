"""Makes the picture of docs/sizing.md by the command and of the profile that it shows."""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.gen_protos import ROOT

PAGE = ROOT / "docs" / "sizing.md"
PICTURE = ROOT / "docs" / "pictures" / "sizing" / "staffing.svg"
PROFILE = "desk.yaml"
COMMAND = "from acd_server.cli import main; main()"


def command() -> list[str]:
    """The words of the page's command that draws the plan, without the program."""
    (line,) = re.findall(r"^acd (simulate --plan .* --svg .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return shlex.split(line)


def make() -> None:
    words = command()
    with tempfile.TemporaryDirectory() as folder:
        (profile,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        (Path(folder) / PROFILE).write_text(profile, encoding="utf-8")
        # The checkout's own code, whatever is installed.
        subprocess.run([sys.executable, "-c", COMMAND, *words], cwd=folder, check=True)  # noqa: S603 - a command of our own page
        shutil.copy(Path(folder) / words[words.index("--svg") + 1] / PICTURE.name, PICTURE)


if __name__ == "__main__":
    make()
