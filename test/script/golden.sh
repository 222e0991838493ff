#!/bin/bash
# usage: golden.sh BUILD [--write]
# Compares the inspectors' events for our own recordings, test/replay/INSPECTOR/*.pcap, with the *.events beside them. --write replaces
# the *.events by the present output.

set -eu
build=$(realpath "$1")
cd "$(dirname "$0")/../replay"
failed=0

for capture in */*.pcap; do
    inspector=${capture%%/*}
    program=$build/examples/$inspector
    [ -x "$program" ] || program+=s # packet, packets
    events=${capture%.pcap}.events
    if [ "${2-}" = --write ]; then
        "$program" -r "$capture" --json >"$events" 2>/dev/null
    else
        diff -u "$events" <("$program" -r "$capture" --json 2>/dev/null) || failed=1
    fi
done
exit $failed
