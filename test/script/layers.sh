#!/bin/bash
# once
# What include paths cannot hold: one seam for each dependency, and a library that neither prints nor exits.
set -eu
cd "$(dirname "$0")/../.."
failed=0

# only PATTERN SEAMS WHY: lines of the library with PATTERN stand in SEAMS (an extended expression over paths) and nowhere else.
only() {
    local found
    found=$(grep -rnE --include='*.[ch]' "$1" lib | grep -vE "^($2):" || :)
    [ -z "$found" ] || { printf 'FAIL: %s\n%s\n' "$3" "$found"; failed=1; }
}

only '#include <bpf/' 'lib/core/(load/(object|load_failure|map_failure|libbpf_log|test_run|probe)|map/(map|btf_value)|poll/reader|compile/vmlinux|attach/trampoline)\.c' 'libbpf is included outside of its seams'
only '#include <(libelf|gelf)' 'lib/core/load/line_info\.c' 'libelf is included outside of its seam'
only '#include <pcap' 'lib/filter/filter_compile[a-z_]*\.c' 'libpcap is included outside of its seams'
only '#include <(zlib|zstd)' 'lib/(replay/codec_[a-z]+|core/compile/headers)\.c' 'a codec is included outside of its seam'
only '#include <openssl/' 'lib/api/crypto_[a-z]+\.c' 'libcrypto is included outside of its seam'
only '(^|[^a-z_])(printf|puts|putchar|perror|vprintf|err|errx|warn|warnx|syslog)\(|fprintf\((stderr|stdout)' 'none' 'the library prints'
only '(^|[^a-z_])(exit|_exit|abort|quick_exit|assert)\(' 'none' 'the library ends its host'
only '(^|[^a-z_])(setrlimit|prlimit|signal|sigaction|atexit)\(' 'none' "the library changes its host's process"

# The layers' directories are on the include path, in front of the system's: a header that has the name of one there hides it.
for header in $(find lib -name '*.h' -printf '%f\n') $(cd bpf/include && find . -name '*.h' -printf '%P\n'); do
    if echo "#include <$header>" | "${CC:-cc}" -E -x c - >/dev/null 2>&1; then
        echo "FAIL: $header hides the system's <$header> from the layers that may include it"
        failed=1
    fi
done
exit $failed
