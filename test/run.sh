#!/bin/bash
# usage: run.sh [--quick | --no-vm]
#
# Installs missing packages, builds, and runs every test: the shipped build, sanitizers, fuzzers, the kernel tests on this kernel and on
# Linux 6.1 and 6.12, the BPF programs of each clang, and the Debian packages. docs/contributing.md says which test runs where.
# Skips tests that cannot run here. Ends with the time of each step, each skip and its reason, and "N passed, N failed, N skipped". Exit
# status 1 if a test or a build failed.
#   --quick  one build, with gcc, and its tests on this kernel
#   --no-vm  leaves out the other kernels

set -eu
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0 mode=full as_root=() step='' began=0 kernels=(6.1 6.12)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
touch "$tmp/times" "$tmp/notes"
# Shares the cache with other clones; the debug information then has the directory name of the clone that compiled first.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# Ends the last step, writes its time down, and begins a new one.
step() {
    [ -z "$step" ] || echo "   $(clock $((SECONDS - began))) $step" >>"$tmp/times"
    step=$* began=$SECONDS
    printf '\n== %s (%s)\n' "$*" "$(clock $SECONDS)"
}

fail() {
    echo "FAILED: $1"
    echo "   FAILED: $1" >>"$tmp/notes"
    failed=$((failed + 1))
}

# The kernel tests need root. Without a terminal, sudo must not ask for a password.
find_root() {
    local sudo=(sudo)
    [ "$(id -u)" != 0 ] || return 0
    [ -t 0 ] || sudo=(sudo -n)
    ! type -P sudo >/dev/null || ! "${sudo[@]}" true || as_root=("${sudo[@]}" --preserve-env)
}

# Converts CTest's report to "Test: NAME", the test's output, and "Test run", "Test fail" or "Test skip".
from_junit() {
    sed -E 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'\''/g; s/&amp;/\&/g
        s/<system-out>//
        s/^[[:space:]]*<testcase name="([^"]*)".* status="([a-z]*)".*/Test: \1\nTest \2/
        s/^[[:space:]]*<skipped message="SKIP_RETURN_CODE=.*/Test skip/' "$1"
}

# Counts the tests in such a log. A Check program counts as its number of tests minus skips, any other test as one.
count() {
    local kind number
    awk -v build="$1" -v notes="$tmp/notes" '
        function skip(why) { print "skipped 1"; print "   skipped: " build ", " test ": " why >>notes }
        function fail(n) { print "failed " n; print "   FAILED: " build ", " test >>notes }
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
    local dir=build-$1 launcher=''
    step "build $1"
    shift
    launcher=$(type -P ccache) || :
    cmake -S . -B "$dir" -G Ninja -DEBPFI_WERROR=ON -DCMAKE_C_COMPILER_LAUNCHER="$launcher" "$@" >"$tmp/cmake" 2>&1 ||
        { cat "$tmp/cmake"; fail "cmake in $dir"; return 1; }
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

# One boot for all programs; the log goes to $tmp/vm-KERNEL.
on_kernel() {
    local programs=(build-gcc/test/kernel/kernel_* build-gcc/test/parity/parity_*) status=0
    local put=(-f build-gcc/test/kernel -f build-gcc/test/parity -f test/filter -f test/replay)
    [ -z "${EBPFI_CORPUS-}" ] || put+=(-f "$EBPFI_CORPUS")
    # shellcheck disable=SC2016 # expands in the guest
    test/vm.sh "$1" -t 900 -L build-gcc/lib "${put[@]}" -- env ${EBPFI_CORPUS:+"EBPFI_CORPUS=$EBPFI_CORPUS"} EBPFI_CAPTURES=24 EBPFI_FILTER_STRIDE=400 bash -c '
        for program; do
            echo "Test: ${program##*/}"
            "$program"
            case $? in 0) echo "Test run" ;; 77) echo "Test skip" ;; *) echo "Test fail" ;; esac
        done' run "${programs[@]}" >"$tmp/vm-$1" 2>&1 || status=$?
    case $status in
    0) ;;
    77) sed -i "1i Test: all\nTest skip" "$tmp/vm-$1" ;;
    *) printf 'Test: vm.sh\nit ends with status %d\nTest fail\n' $status >>"$tmp/vm-$1" ;;
    esac
}

# A guest uses one processor, so both boot at the same time.
on_kernels() {
    local kernel running=()
    step "kernel tests on Linux ${kernels[*]}"
    for kernel in "${kernels[@]}"; do
        on_kernel "$kernel" &
        running+=($!)
    done
    wait "${running[@]}"
    for kernel in "${kernels[@]}"; do
        printf '\n-- Linux %s\n' "$kernel"
        cat "$tmp/vm-$kernel"
        count "Linux $kernel" <"$tmp/vm-$kernel"
    done
}

with_each_clang() {
    step "the BPF programs of each clang"
    "${as_root[@]}" test/clangs.sh build-gcc "$@" >"$tmp/clangs" 2>&1 || :
    cat "$tmp/clangs"
    if grep -q '^Test: ' "$tmp/clangs"; then count clangs <"$tmp/clangs"; else fail "test/clangs.sh"; fi
}

# one NAME COMMAND...: a script that is one test
one() {
    local status=0
    "${@:2}" >"$tmp/one" 2>&1 || status=$?
    case $status in
    0) passed=$((passed + 1)) ;;
    77) count here < <(printf 'Test: %s\n%s\nTest skip\n' "$1" "$(cat "$tmp/one")") ;;
    *) cat "$tmp/one"; fail "$1" ;;
    esac
}

quick() {
    ! build gcc -DCMAKE_C_COMPILER=gcc || run gcc
}

full() {
    local sanitize=-DEBPFI_SANITIZE=address,undefined
    ! build gcc -DCMAKE_C_COMPILER=gcc || run gcc -LE '^(kernel|parity)$'
    ! build gcc-sanitize -DCMAKE_C_COMPILER=gcc "$sanitize" || run gcc-sanitize -LE '^(once|unit)$'
    if build clang-sanitize -DCMAKE_C_COMPILER=clang "$sanitize" -DEBPFI_FUZZ=ON; then
        run clang-sanitize -L '^(unit|fuzz)$'
        # Runs each target for a minute; findings stay in build-clang-sanitize/found.
        step "fuzz, ${EBPFI_FUZZ_SECONDS:-60} s a target"
        EBPFI_FUZZ_BUILD=build-clang-sanitize one test/fuzz/run.sh test/fuzz/run.sh "${EBPFI_FUZZ_SECONDS:-60}"
    fi
    if [ -d build-gcc/test/kernel ]; then
        [ ${#kernels[@]} = 0 ] || on_kernels
        with_each_clang "${kernels[@]}"
    fi
    step "Debian packages"
    one test/package.sh "${as_root[@]}" test/package.sh
}

case $*,$# in
,0) ;;
--quick,1) mode=quick ;;
--no-vm,1) kernels=() ;;
*) sed -n '2,/^$/s/^# \{0,1\}//p' test/run.sh; exit 2 ;;
esac

step "packages"
groups=(build demo test)
[ $mode = quick ] || groups+=(clangs package fresh)
cmake/deps.sh "${groups[@]}" || echo "Tests that need them will fail or be skipped."
[[ $mode = quick || ${#kernels[@]} = 0 ]] || cmake/deps.sh vm || echo "The other kernels will be skipped."
find_root
# Captures of other projects, if they are beside the tree. Tests find them only by this variable.
[[ -n ${EBPFI_CORPUS-} || ! -d ../shared/corpus ]] || EBPFI_CORPUS=$(realpath ../shared/corpus)
[ -z "${EBPFI_CORPUS-}" ] || export EBPFI_CORPUS
$mode
step "summary"
cat "$tmp/times" "$tmp/notes"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
