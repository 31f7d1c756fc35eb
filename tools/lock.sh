#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: every package of every platform
# with the hashes of its files, and no word of where this machine gets them.
set -eu
cd "$(dirname "$0")/.."
compile() {
    output=$1
    shift
    env -u UV_FIND_LINKS .venv/bin/uv pip compile pyproject.toml "$@" --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
        --custom-compile-command "make lock" --output-file "requirements/$output"
}
.venv/bin/python -m pip install --quiet 'uv>=0.13'
compile run.txt
compile dev.txt --group dev --extra report
