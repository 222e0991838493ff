#!/bin/bash
# once
# The inspector of docs/inspectors.md works: added to a copy of the tree, it builds without a warning and replays a capture.
set -eu
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() { echo "FAIL: $*"; exit 1; }

# block NAME FILE: writes the page's code block of that name to FILE.
block() {
    awk -v fence="\`\`\`c $1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' docs/inspectors.md >"$2"
    [ -s "$2" ] || fail "docs/inspectors.md has no block $1"
}

mkdir "$tmp/tree"
tar -c --exclude='./build*' --exclude=./.git . | tar -x -C "$tmp/tree"
for file in bpf/syn.bpf.c lib/inspect/syn.c; do
    block $file "$tmp/tree/$file"
done
block kind "$tmp/kind"
block struct "$tmp/struct"
# Puts the kind before that of links, and the structure before the end of the header.
header=include/ebpfinspect/event.h
awk -v kind="$tmp/kind" -v structure="$tmp/struct" '
    function insert(file,    line) { while ((getline line <file) > 0) print line }
    /^\tEBPFI_EVENT_LINK = / { insert(kind) }
    /^#ifdef __cplusplus/ && ++seen == 2 { insert(structure); print "" }
    { print }' $header >"$tmp/tree/$header"
cat >"$tmp/host.c" <<'C'
#include <ebpfinspect/ebpfinspect.h>
#include <stdio.h>

static int print(void *ctx, const struct ebpfi_event *event)
{
	char line[EBPFI_JSON_MAX];

	return puts(ebpfi_event_json(*(struct ebpfi **)ctx, event, line, sizeof(line))) < 0;
}

static int attach(struct ebpfi *s)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts) };
	int hook, link = 1;

	for (hook = EBPFI_HOOK_XDP; hook <= EBPFI_HOOK_SOCKET && link > 0; hook++) {
		opts.hook = (enum ebpfi_hook)hook;
		link = ebpfi_attach(s, "syn", "lo", &opts);
	}
	return link < 0;
}

int main(int argc, char **argv)
{
	const struct ebpfi_option port[] = { { "port", 80 }, { 0 } };
	struct ebpfi_load_opts opts = { .sz = sizeof(opts), .options = port };
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	struct ebpfi *s = ebpfi_new(print, &s, NULL);
	char line[EBPFI_STR_MAX];

	if (argc < 2 || ebpfi_load(s, "syn", &opts) || ebpfi_replay(s, "syn", argv[1], NULL) ||
	    ebpfi_get_stats(s, "syn", &stats) || (argc > 2 && attach(s)))
		return fprintf(stderr, "%s\n", ebpfi_errmsg(s)), 1;
	puts(ebpfi_stats_str(&stats, line, sizeof(line)));
	ebpfi_free(s);
	return 0;
}
C
if ! { cmake -S "$tmp/tree" -B "$tmp/build" -DEBPFI_WERROR=ON -DEBPFI_TESTS=OFF -DEBPFI_EXAMPLES=OFF && cmake --build "$tmp/build" -j2; } >"$tmp/log" 2>&1; then
    tail -n 40 "$tmp/log"
    fail "the inspector of docs/inspectors.md does not build"
fi
gcc -Wall -Wextra -Werror -I"$tmp/tree/include" -I"$tmp/build/include" "$tmp/host.c" -o "$tmp/host" -L"$tmp/build/lib" -lebpfinspect
# As root also attaches it at all hooks, in a private network namespace.
live=()
[ "$(id -u)" != 0 ] || live=(unshare -n)
LD_LIBRARY_PATH=$tmp/build/lib "${live[@]}" "$tmp/host" examples/demo.pcap ${live:+live} >"$tmp/out" || fail "the replay or an attach ended with an error"
cat "$tmp/out"
grep -q '"event.name":"ebpfi.syn".*"destination.port":80' "$tmp/out" || fail "no event came"
grep -q 'attempts seen, .* 0 lost' "$tmp/out" || fail "the ledger does not add up"
