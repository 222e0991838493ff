#!/bin/bash
# usage: soak.sh [HOURS]
#
# Runs every fuzz target for HOURS (8), in slices of ten minutes, with libFuzzer and, if afl-clang-fast and afl-fuzz are
# installed (Debian: afl++), with AFL++ on the same targets. Ends at the first finding.

set -eu
cd "$(dirname "$0")/../.."

hours=${1:-8}
turn=600
until=$(($(date +%s) + hours * 3600))

afl() {
    local target=$1 kind=captures
    [ "$target" != parse ] || kind=packets
    [ "$target" != http ] || kind=talks
    [ "$target" != differ ] || kind=streams
    mkdir -p "build-afl/out/$target"
    AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_AUTORESUME=1 AFL_BENCH_UNTIL_CRASH=1 \
        afl-fuzz -V "$turn" -m none -t 5000+ -i "build-fuzz/seeds/$kind" -o "build-afl/out/$target" \
        -- "build-afl/test/fuzz/fuzz_$target" >"build-afl/$target.log"
    [ -z "$(find "build-afl/out/$target" -path '*/crashes/id*' -print -quit)" ] ||
        { echo "AFL++ found something: build-afl/out/$target"; exit 1; }
}

with_afl=no
if type -P afl-clang-fast afl-fuzz >/dev/null; then
    CC=afl-clang-fast cmake -S . -B build-afl -G Ninja -DEBPFI_FUZZ=ON -DEBPFI_SANITIZE=address,undefined -DEBPFI_EXAMPLES=OFF >/dev/null
    ninja -C build-afl fuzz_parse fuzz_capture fuzz_replay fuzz_http
    ! ninja -C build-afl -t query fuzz_differ >/dev/null 2>&1 || ninja -C build-afl fuzz_differ
    with_afl=yes
else
    echo "AFL++ is not installed (Debian: afl++): libFuzzer only"
fi

while [ "$(date +%s)" -lt "$until" ]; do
    for target in parse capture replay http differ; do
        test/fuzz/run.sh "$turn" "$target" || [ $? = 77 ]
        [ $with_afl = no ] || [ ! -x "build-afl/test/fuzz/fuzz_$target" ] || afl "$target"
    done
done
