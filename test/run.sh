#!/bin/bash
# usage: run.sh [--no-vm]
#
# Installs what is missing, builds with gcc, and with gcc and clang under AddressSanitizer and UBSan, runs every test on each build
# and the kernel tests on Linux 6.1 and 6.12 besides. What cannot run here is skipped, with its reason.
# Ends with a line "N passed, N failed, N skipped"; exit status 1 when a test failed or a build did.
#   --no-vm  leaves out the other kernels

set -eu
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0 with_vm=true as_root=()
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

step() { printf '\n== %s (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

fail() {
    echo "FAILED: $1"
    failed=$((failed + 1))
}

# The kernel tests want root. A sudo that would wait for a password which nobody can type is not asked.
find_root() {
    local sudo=(sudo)
    [ "$(id -u)" != 0 ] || return 0
    [ -t 0 ] || sudo=(sudo -n)
    ! type -P sudo >/dev/null || ! "${sudo[@]}" true || as_root=("${sudo[@]}" --preserve-env)
}

# What CTest says about its tests, as "Test: NAME", the test's output, "Test run", "Test fail" or "Test skip".
from_junit() {
    sed -E 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'\''/g; s/&amp;/\&/g
        s/<system-out>//
        s/^[[:space:]]*<testcase name="([^"]*)".* status="([a-z]*)".*/Test: \1\nTest \2/
        s/^[[:space:]]*<skipped message="SKIP_RETURN_CODE=.*/Test skip/' "$1"
}

# Adds up such a log: a Check program counts as the tests in it, less those that skip; anything else is one test.
count() {
    local kind number
    awk -v build="$1" '
        function skip(why) { print "skipped 1"; print "   skipped: " build ", " test ": " why >"/dev/stderr" }
        function fail(n) { print "failed " n; print "   FAILED: " build ", " test >"/dev/stderr" }
        function flush(    good) {
            if (test == "") return
            good = checks ? checks - bad - skips : how == "run"
            if (good > 0) print "passed " good
            if (how == "skip" && !skips) skip("no reason given")
            if (how != "skip" && how != "run") fail(bad ? bad : 1)
        }
        /^Test: / { flush(); test = $2; how = ""; checks = bad = skips = 0; next }
        /^Test (run|fail|skip|notrun)$/ { how = $2 }
        /SKIP: / { skips++; sub(/.*SKIP: /, ""); skip($0) }
        /Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
            sub(/.*Checks: /, ""); split($0, word, /[ ,]+/)
            checks += word[1]; bad += word[3] + word[5]
        }
        END { flush() }
    ' >"$tmp/counts"
    while read -r kind number; do
        printf -v "$kind" %d $((${!kind} + number))
    done <"$tmp/counts"
}

# build NAME CMAKE-OPTION...
build() {
    local dir=build-$1
    step "build $1"
    shift
    cmake -S . -B "$dir" -G Ninja -DEBPFI_WERROR=ON "$@" >"$tmp/cmake" 2>&1 || { cat "$tmp/cmake"; fail "cmake in $dir"; return 1; }
    cmake --build "$dir" --target all bench || { fail "the build in $dir"; return 1; }
}

# run NAME CTEST-OPTION...
run() {
    local dir=build-$1
    step "test $1"
    "${as_root[@]}" ctest --test-dir "$dir" --output-on-failure --no-tests=error -j "$(nproc)" --test-output-size-passed 1000000 \
        --test-output-size-failed 1000000 --output-junit "$tmp/junit" "${@:2}" || :
    [ ${#as_root[@]} = 0 ] || "${as_root[@]}" chown -R "$(id -u):$(id -g)" "$dir" "$tmp"
    if [ -f "$tmp/junit" ]; then count "$1" < <(from_junit "$tmp/junit"); else fail "ctest in $dir wrote no results"; fi
    rm -f "$tmp/junit"
}

# One boot for all programs.
on_kernel() {
    local programs=(build-gcc/test/kernel/kernel_* build-gcc/test/parity/parity_*) corpus=${EBPFI_CORPUS:-../shared/corpus} status=0
    local put=(-f build-gcc/test/kernel -f build-gcc/test/parity -f test/filter -f test/replay)
    step "kernel tests on Linux $1"
    [ ! -d "$corpus" ] || put+=(-f "$corpus")
    # shellcheck disable=SC2016 # expands in the guest
    test/vm.sh "$1" -t 600 -L build-gcc/lib "${put[@]}" -- env EBPFI_CORPUS="$(realpath -m "$corpus")" EBPFI_CAPTURES=24 EBPFI_FILTER_STRIDE=400 bash -c '
        for program; do
            echo "Test: ${program##*/}"
            "$program"
            case $? in 0) echo "Test run" ;; 77) echo "Test skip" ;; *) echo "Test fail" ;; esac
        done' run "${programs[@]}" >"$tmp/vm" 2>&1 || status=$?
    cat "$tmp/vm"
    case $status in
    0) ;;
    77) sed -i "1i Test: all\nTest skip" "$tmp/vm" ;;
    *) fail "Linux $1: test/vm.sh ends with status $status" ;;
    esac
    count "Linux $1" <"$tmp/vm"
}

# Each target for a minute; what is found stays in build-fuzz/found.
fuzz() {
    local status=0
    step "fuzz, ${EBPFI_FUZZ_SECONDS:-60} s a target"
    test/fuzz/run.sh "${EBPFI_FUZZ_SECONDS:-60}" >"$tmp/fuzz" 2>&1 || status=$?
    case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)); cat "$tmp/fuzz" ;;
    *) cat "$tmp/fuzz"; fail "test/fuzz/run.sh" ;;
    esac
}

case $*,$# in
,0) ;;
--no-vm,1) with_vm=false ;;
*) sed -n '2,/^$/s/^# \{0,1\}//p' test/run.sh; exit 2 ;;
esac

step "packages"
cmake/deps.sh build demo test || echo "What needs them will fail or be skipped."
! $with_vm || cmake/deps.sh vm || echo "The other kernels will be skipped."
find_root
sanitize=-DEBPFI_SANITIZE=address,undefined
! build gcc -DCMAKE_C_COMPILER=gcc || run gcc
! build gcc-sanitize -DCMAKE_C_COMPILER=gcc "$sanitize" || run gcc-sanitize -LE '^once$'
! build clang-sanitize -DCMAKE_C_COMPILER=clang "$sanitize" || run clang-sanitize -LE '^once$'
fuzz
if $with_vm && [ -d build-gcc/test/kernel ]; then
    on_kernel 6.1
    on_kernel 6.12
fi
step "summary"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
