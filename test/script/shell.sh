#!/bin/bash
# once
# The scripts of the tree pass shellcheck.
set -eu
cd "$(dirname "$0")/../.."
type -P shellcheck >/dev/null || { echo "SKIP: shellcheck is missing"; exit 77; }
find . -path './build*' -prune -o -path ./.git -prune -o -type f \( -name '*.sh' -o -path './.ci/*' \) -print0 | xargs -0 shellcheck
