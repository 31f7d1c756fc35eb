"""What is installed from the wheel can be imported: an editable install would hide that it cannot."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = {
    "acd": "clients/python/acd",
    "acd_client": "clients/python/acd_client",
    "acd_server": "acd_server",
    "dispatcher": "dispatcher",
    "simulator": "clients/simulator",
}


def test_the_wheel_has_every_package_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", tmp_path, ROOT], check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("acd-*.whl"))) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES.values()],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    expected = {
        f"{package}{name.removeprefix(folder)}"
        for package, folder in PACKAGES.items()
        for name in listed
        if name.startswith(f"{folder}/") and (ROOT / name).is_file()
    }
    assert found == expected
