"""The project holds nothing of the machine it was made on."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HOSTS = (
    "pypi" + ".org",
    "files.python" + "hosted",
    "proxy.golang",
    "registry.npm",
    "repo1.maven",
    "deb.deb" + "ian.org",
)


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.splitlines() if not name.endswith((".binpb", ".png"))]


def test_no_path_of_a_machine_and_no_address_of_a_registry() -> None:
    paths = re.compile(r"(?<![\w.])/(?:work|farm|root/\.)[/\w]")
    for path in tracked():
        text = path.read_text(encoding="utf-8")
        assert not paths.search(text), path
        assert not [host for host in HOSTS if host in text and path != Path(__file__)], path


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_links_of_the_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"
