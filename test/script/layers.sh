#!/bin/bash
# once
# The rules that include paths cannot enforce: each dependency has its seams, the library neither prints nor exits, and
# docs/architecture.md describes the layers as the build has them.
set -eu
cd "$(dirname "$0")/../.."
failed=0

fail() { echo "FAIL: $*"; failed=1; }

# only PATTERN WHY SEAM...: each SEAM (a path under lib, without .c) has a line with PATTERN, and no other file of the library has one.
only() {
    local pattern=$1 why=$2 differ
    shift 2
    differ=$(diff <(printf 'lib/%s.c\n' "$@" | sort) <(grep -rlE --include='*.[ch]' "$pattern" lib | sort) | grep '^[<>]') || return 0
    fail "$why; \"<\" is listed in test/script/layers.sh but has no such line, \">\" has one but is not listed:"$'\n'"$differ"
}

# none PATTERN WHY
none() {
    local found
    found=$(grep -rnE --include='*.[ch]' "$1" lib) || return 0
    fail "$2:"$'\n'"$found"
}

only '#include <bpf/' 'libbpf has other seams' core/load/{object,load_failure,map_failure,libbpf_log,test_run,probe} core/map/{map,btf_value} \
    core/poll/reader core/attach/trampoline core/compile/vmlinux
only '#include <(libelf|gelf)' 'libelf has other seams' core/load/line_info
only '#include <pcap' 'libpcap has other seams' filter/filter_compile
only '#include <zlib' 'zlib has other seams' replay/codec_gzip core/compile/headers
only '#include <zstd' 'libzstd has other seams' replay/codec_zstd
none '(^|[^a-z_])(printf|puts|putchar|perror|vprintf|err|errx|warn|warnx|syslog)\(|fprintf\((stderr|stdout)' 'the library prints'
none '(^|[^a-z_])(exit|_exit|abort|quick_exit|assert)\(' 'the library ends its host'
none '(^|[^a-z_])(setrlimit|prlimit|signal|sigaction|atexit)\(' "the library changes its host's process"

# Prints "LAYER: SEEN..." per layer, from the build and from the table in docs/architecture.md. Both have the same order.
in_build() {
    sed -nE 's/^ebpfi_layer\(([^)]*)\)$/\1/p' lib/CMakeLists.txt |
        sed -E 's/\$\{common\}/core\/session inspect util/; s/\$\{bpf\}/bpf/; s/\$\{PROJECT_BINARY_DIR\}\/bpf/generated/; s/ core\// /g' | sort_seen
}
in_page() {
    # shellcheck disable=SC2016 # backticks are Markdown's
    sed -nE '/^\| layer /,/^$/s/^\| (`[^|]*)\|[^|]*\|([^|]*)\|$/\1\2/p' docs/architecture.md | tr -d '`' | sort_seen
}
sort_seen() {
    local layer seen
    while read -ra seen; do
        layer=${seen[0]}
        printf '%s:%s\n' "$layer" "$(printf '%s\n' "${seen[@]:1}" | grep -vx "${layer#core/}" | sort | tr '\n' ' ')"
    done
}
differ=$(diff <(in_page) <(in_build)) ||
    fail "the table of layers in docs/architecture.md (<) differs from lib/CMakeLists.txt (>):"$'\n'"$differ"
while read -r room; do
    grep -qF "| \`${room#lib/}\` |" docs/architecture.md || fail "docs/architecture.md does not name $room in its table of layers"
done < <(find lib -mindepth 1 -type d | sort)

# The layers' directories come before the system's on the include path, so a header with a system header's name would hide it.
for header in $(find lib -name '*.h' -printf '%f\n') $(cd bpf/include && find . -name '*.h' -printf '%P\n'); do
    ! echo "#include <$header>" | "${CC:-cc}" -E -x c - >/dev/null 2>&1 || fail "$header hides the system's <$header>"
done
exit $failed
