#!/bin/bash
# Runs all tests but the long ones, in two halves side by side: tests that start systems of their own mostly wait,
# the others calculate. Arguments: the cells. What clients saw of the contract's reasons is judged over both.
set -u
cd "$(dirname "$0")/.."
systems="tests/benchmarks tests/campaign tests/client tests/dispatcher tests/fuzz tests/shell tests/simulation tests/soak tests/stack tests/store_node tests/system"
without=$(printf ' --ignore=%s' $systems)
rm -rf build/reasons
mkdir -p out
set -m # a process group of its own, which hears of an end as the other half does
tools/pytest_twice.sh -o cache_dir=build/pytest-systems -m "not long" --complete "$@" $systems >out/test-systems.txt 2>&1 &
half=$!
set +m
trap "kill -INT -$half" INT TERM
# shellcheck disable=SC2086 # words
tools/pytest_twice.sh -o cache_dir=build/pytest-others -m "not long" --complete "$@" tests $without
status=$?
wait $half || status=1
cat out/test-systems.txt
.venv/bin/python -m tests.support.reasons || status=1
exit $status
