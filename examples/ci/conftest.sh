#!/bin/sh
# The checks of Tidegate and rules of your own, judged by conftest: conftest.sh PATH...
set -eu
rules=$(cd "$(dirname "$0")/policy" && pwd)
out=${TIDEGATE_OUT:-build/tidegate}
tidegate check "$@" --export rego --out "$out" >/dev/null
exec conftest test "$out/facts.json" --policy "$out/policy" --policy "$rules"
