#!/bin/bash
# once
# `http` and tshark see the same in captures of other projects, except for the differences in test/replay/http_tshark.txt.
set -eu
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
corpus=${EBPFI_CORPUS:-/dev/null}

skip() { echo "SKIP: $1"; exit 77; }

[ -d "$corpus/pcap/http" ] || skip "EBPFI_CORPUS leads to no captures of HTTP"
type -P tshark >/dev/null || skip "tshark is missing"
type -P python3 >/dev/null || skip "python3 is missing"

tshark --version 2>/dev/null | head -n 1
exec python3 test/script/http_tshark.py "$build/examples/http" "$corpus/pcap/http" test/replay/http_tshark.txt
