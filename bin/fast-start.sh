#!/usr/bin/env bash
# Makes what lets node and workers start fast, for the jars as they are now.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. bin/setup.sh
find_jdk
make_aot_caches
