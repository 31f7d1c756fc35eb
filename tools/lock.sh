#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: every package of every platform
# with the hashes of its files, and no word of where this machine gets them.
set -eu
cd "$(dirname "$0")/.."
compile() {
    output=$1
    shift
    env -u UV_FIND_LINKS .venv/bin/uv pip compile "$@" --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
        --custom-compile-command "make lock" --output-file "requirements/$output"
}
.venv/bin/python -m pip install --quiet 'uv>=0.13'
compile run.txt pyproject.toml
compile dev.txt pyproject.toml --group dev --extra report
# Of the images: what makes the wheel, and what a node of the store needs.
compile build.txt --group build --constraint requirements/dev.txt
compile store.txt --group store --constraint requirements/run.txt
