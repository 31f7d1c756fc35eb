"""Generates clients/python/acd from protos/, the one way to do it.

The imports of google/api come from the installed googleapis-common-protos; they
are laid in build/third_party, which buf reads too and git ignores.
"""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import grpc_tools  # type: ignore[import-untyped]  # it has no types
from grpc_tools import protoc

ROOT = Path(__file__).parent.parent
PROTOS = ROOT / "protos"
OUT = ROOT / "clients" / "python"
THIRD_PARTY = ROOT / "build" / "third_party"
IMPORTED = ("google/api/field_behavior.proto", "google/api/field_info.proto")


def lay_third_party() -> None:
    spec = find_spec("google.api")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    site = Path(next(iter(spec.submodule_search_locations))).parent.parent
    for name in IMPORTED:
        target = THIRD_PARTY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site / name, target)


def generate(out: Path = OUT) -> int:
    """Writes the code below `out`; returns protoc's exit code."""
    for old in (out / "acd" / "v1").glob("*_pb2*"):
        old.unlink()
    # protoc looks for the stub plugins on PATH; they are beside the interpreter.
    plugins = {name: Path(sys.executable).parent / name for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")}
    files = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    return int(
        protoc.main(
            [
                "protoc",
                f"-I{PROTOS}",
                f"-I{THIRD_PARTY}",
                f"-I{Path(grpc_tools.__file__).parent / '_proto'}",
                *(f"--plugin={name}={path}" for name, path in plugins.items()),
                f"--python_out={out}",
                f"--grpc_python_out={out}",
                f"--mypy_out={out}",
                f"--mypy_grpc_out={out}",
                *files,
            ]
        )
    )


if __name__ == "__main__":
    lay_third_party()
    if "--third-party-only" in sys.argv:
        sys.exit(0)
    sys.exit(generate())
