#!/bin/bash
# usage: run.sh [SECONDS [TARGET...]]
#
# Runs each fuzz target (parse, capture, replay, http) for SECONDS (60), one per CPU, with the address and undefined-behaviour sanitizers,
# from seeds made of our captures, those in $EBPFI_CORPUS, and llhttp's cases. The target differ, which holds http against another parser, reads
# only its seeds unless it is named: what differs is a question to think about, not a crash. soak.sh asks it for ever. Findings are kept in $EBPFI_FUZZ_DIR
# (build-fuzz/found): give it to build/test/fuzz/fuzz_TARGET_once, and put it into test/fuzz/found as TARGET-WHAT once it is understood.
#
# Exit status: 0 nothing found, 1 something was, 77 no clang with libFuzzer.

set -eu
cd "$(dirname "$0")/../.."

seconds=${1:-60}
shift || :
targets=("${@:-}") mutations=-1
[ -n "${targets[0]}" ] || { targets=(parse capture replay http differ); mutations=0; }
corpus=${EBPFI_CORPUS:-/dev/null}
build=${EBPFI_FUZZ_BUILD:-build-fuzz}
found=${EBPFI_FUZZ_DIR:-$build/found}
status=0 workers=$(nproc) running=()

skip() { echo "SKIP: $1"; exit 77; }

clang=$(type -P clang clang-{14..19} | head -n 1) || skip "clang is missing"
echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p && n > 9; }' |
    "$clang" -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null || skip "this clang has no libFuzzer; install libclang-rt-dev"

CC=$clang cmake -S . -B "$build" -G Ninja -DEBPFI_FUZZ=ON -DEBPFI_SANITIZE=address,undefined >/dev/null
if ! ninja -C "$build" -t query fuzz_differ >/dev/null 2>&1; then
    echo "SKIP: no target differ: llhttp's source is missing (Debian: node-llhttp)"
    for i in "${!targets[@]}"; do [ "${targets[i]}" != differ ] || unset "targets[i]"; done
    targets=("${targets[@]}")
    [ ${#targets[@]} -gt 0 ] || exit 77
fi
ninja -C "$build" fuzz_seeds fuzz_http_seeds "${targets[@]/#/fuzz_}"

# Small captures as they are, packets by themselves.
seeds=$build/seeds
mkdir -p "$found" "$seeds"/{packets,captures,talks,streams}
"$build/test/fuzz/fuzz_http_seeds" "$seeds/talks" "$corpus/llhttp"
python3 test/fuzz/differ_seeds.py "$seeds/streams" "$seeds/talks" test/unit/http_leniency.txt
mapfile -t captures < <(find test/replay examples "$corpus/pcap" -name '*.pcap*' -size -64k 2>/dev/null)
if [ ${#captures[@]} -gt 0 ]; then
    "$build/test/fuzz/fuzz_seeds" "$seeds/packets" "${captures[@]}"
    # Several folders have a capture of the same name.
    for capture in "${captures[@]}"; do
        [ "$(stat -c %s "$capture")" -ge 16384 ] || cp "$capture" "$seeds/captures/${capture//\//_}"
    done
fi

fuzz() {
    local target=$1 kind=captures longest=65536 words=()
    [ "$target" != parse ] || { kind=packets longest=2048; }
    [ "$target" != http ] || { kind=talks longest=4096; }
    [ "$target" != differ ] || { kind=streams longest=1024 words=(-dict=test/fuzz/differ.dict -runs="$mutations"); }
    mkdir -p "$build/corpus/$target"
    "$build/test/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=$longest -timeout=20 -rss_limit_mb=2048 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$found/$target-" ${words[@]+"${words[@]}"} \
        "$build/corpus/$target" "$seeds/$kind" >"$found/../$target.log" 2>&1
}

for ((first = 0; first < workers; first++)); do
    (
        status=0
        for ((i = first; i < ${#targets[@]}; i += workers)); do fuzz "${targets[i]}" || status=1; done
        exit $status
    ) &
    running+=($!)
done
for pid in "${running[@]}"; do wait "$pid" || status=1; done
for target in "${targets[@]}"; do echo "== $target"; cat "$found/../$target.log"; done
exit $status
