#!/bin/sh
# Runs pytest; what failed gets one more try, alone, and is named. A test that needs the second
# try is a defect to look at, but on a shared machine no reason to throw the whole run away.
set -u
cd "$(dirname "$0")/.."
.venv/bin/pytest "$@" && exit 0
echo "=== FLAKY OR BROKEN: a second try for what failed"
exec .venv/bin/pytest --last-failed --last-failed-no-failures none "$@"
