"""A Docker engine of the test's own, on a machine that has neither an engine nor images.

Debian's `docker.io` is installed where it is missing. The engine has its own folder, socket and process; it changes no
filter of this machine and forwards nothing, so that what runs in its containers reaches nothing outside, and it is
gone with all of that at the end. Needs root.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from tools.fetch_compose import command as compose_command

ROOT = Path(__file__).parent.parent.parent
PREFIX = "acdengine-"
BASE = "acd-base:local"
CONTROL = Path("/sys/fs/cgroup")
BASE_TAR = ROOT / "build" / "stack-base.tar"
BASE_PACKAGES = "python3,python3-venv,ca-certificates,haproxy,redis-server"
START_S, STOP_S, ANSWER_S = 60.0, 60.0, 120.0
GROUPS = (("cpu", "cpu.shares", 16 * 1024), ("", "cpu.weight", 16 * 100))
"""Where the kernel is told the share of a group of processes, in its two versions, and sixteen times what one has."""


class EngineError(Exception):
    """What the engine, or what it needs, said."""


class _Socket(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Engine:
    """One that works in a folder. Who starts it stops it, whatever happened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self._group = folder.name
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises EngineError."""
        install("dockerd", "docker.io")
        driver = ["--exec-opt=native.cgroupdriver=cgroupfs", f"--cgroup-parent=/{self._group}"]
        options = [f"--{name}=false" for name in ("iptables", "ip6tables", "ip-forward")]
        folders = [f"--data-root={self.folder / 'data'}", f"--exec-root={self.folder / 'exec'}"]
        files = [f"--host=unix://{self.socket}", f"--pidfile={self.folder / 'dockerd.pid'}"]
        self._weigh()
        with (self.folder / "dockerd.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["dockerd", *folders, *files, *options, *driver, "--bridge=none"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise EngineError(f"the engine does not start:\n{self._last_words()}")
            time.sleep(0.1)

    def _weigh(self) -> None:
        """Gives the containers, together, the share of as many processes.

        To the kernel they are one group, which by itself gets as much of a busy machine as any single process does:
        a store of nine processes would stand still for seconds, which no machine of its own does.
        """
        for folder, file, share in GROUPS:
            group = CONTROL / folder / self._group
            with suppress(OSError):  # the other version, or one that is not for us
                group.mkdir()
                (group / file).write_text(str(share))

    def _answers(self) -> bool:
        with suppress(OSError, EngineError):
            self.ask("GET", "/_ping")
            return True
        return False

    def _last_words(self) -> str:
        return (self.folder / "dockerd.log").read_text(errors="replace")[-2000:]

    def ask(self, method: str, path: str, body: BinaryIO | None = None) -> Any:
        """A call of the engine's API: what it answered. Raises EngineError and OSError."""
        connection = _Socket(self.socket)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise EngineError(f"{method} {path}: {text.strip()}")
        with suppress(ValueError):
            return json.loads(text)
        return text

    def make_base(self) -> None:
        """A Debian with all that the images are made on, under the name BASE."""
        if not BASE_TAR.exists():
            install("debootstrap", "debootstrap")
            tree = self.folder / "base"
            _run("debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", "bookworm", str(tree))
            for useless in ("var/cache/apt/archives", "var/lib/apt/lists"):
                shutil.rmtree(tree / useless)
                (tree / useless).mkdir()
            BASE_TAR.parent.mkdir(exist_ok=True)
            part = BASE_TAR.with_suffix(".part")
            _run("tar", "--directory", str(tree), "--create", "--file", str(part), ".")
            part.rename(BASE_TAR)
            shutil.rmtree(tree)
        name, _, tag = BASE.partition(":")
        with BASE_TAR.open("rb") as tar:
            self.ask("POST", f"/images/create?fromSrc=-&repo={quote(name)}&tag={tag}", tar)

    def compose(self, settings: Mapping[str, str], *words: str) -> str:
        """What Compose printed. Raises EngineError."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("ACD_", "COMPOSE_"))}
        done = subprocess.run(
            [*compose_command(), *words],
            cwd=ROOT,
            env={**mine, "DOCKER_HOST": f"unix://{self.socket}", **settings},
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise EngineError(f"compose {' '.join(words)}: {done.stderr[-3000:]}")
        return done.stdout

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_S)
        remove(self.folder)


def package_settings(folder: Path) -> dict[str, str]:
    """How this machine gets packages, as files for the builds: variables of docker-compose.yml."""
    settings = {"ACD_BUILD_NETWORK": "host"}
    listed = _run(sys.executable, "-m", "pip", "config", "list").splitlines()
    values = {
        name.rpartition(".")[2]: value.strip("'\"") for name, _, value in (line.partition("=") for line in listed)
    }
    certificates = values.pop("cert", "") or os.environ.get("SSL_CERT_FILE", "")
    if certificates:
        settings["ACD_BUILD_CA"] = certificates
        values["cert"] = "/run/secrets/ca"
    # Folders of this machine are not in the image.
    kept = {name: value for name, value in values.items() if name == "cert" or not value.startswith("/")}
    pip = folder / "pip.conf"
    pip.touch(mode=0o600)
    pip.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in kept.items()))
    apt = folder / "apt.conf"
    apt.touch(mode=0o600)
    dumped = _run("apt-config", "dump", "Acquire").splitlines()
    apt.write_text("".join(f"{line}\n" for line in dumped if line.startswith(("Acquire::http", "Acquire::Check"))))
    return settings | {"ACD_BUILD_PIP": str(pip), "ACD_BUILD_APT": str(apt)}


def install(program: str, package: str) -> None:
    """A Debian package, where its program is missing. Raises EngineError."""
    if shutil.which(program) is None:
        print(f"installing {package}", flush=True)
        _run(str(ROOT / "tools" / "setup_system.sh"), package)


def _run(*words: str) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise EngineError(f"{' '.join(words)}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def remove(folder: Path) -> None:
    """An engine's folder, and what still runs of it or is mounted in it."""
    for file in (folder / "dockerd.pid", folder / "exec" / "containerd" / "containerd.pid"):
        with suppress(OSError, ValueError):
            _end(int(file.read_text()), folder)
    for _ in range(2):  # what is mounted on one another
        for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
            where = line.split()[1]
            if where.startswith(f"{folder}/"):
                subprocess.run(["umount", "--lazy", where], check=False, capture_output=True)
    for group in sorted((*CONTROL.glob(f"{folder.name}/**"), *CONTROL.glob(f"*/{folder.name}/**")), reverse=True):
        with suppress(OSError):
            group.rmdir()
    shutil.rmtree(folder, ignore_errors=True)


def _end(process: int, folder: Path) -> None:
    """Ends a process, if it is still the one that worked in the folder. Raises OSError when there is none."""
    command = Path(f"/proc/{process}/cmdline").read_bytes()
    if str(folder).encode() not in command:
        return
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(process, signal.SIGKILL)


def new_folder() -> Path:
    """A folder for an engine; what earlier tests have left is removed."""
    remove_leftovers()
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def remove_leftovers() -> None:
    """Of tests whose own process is gone: kill -9 leaves it no time to clean up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            remove(folder)
