#!/bin/bash
# HTTP/2 in a capture: curl and nghttp with nginx, nghttpd (trailers) and nghttpx (Upgrade: h2c).
set -eu
cd "$(dirname "$0")/../.."
build=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() { echo "FAIL: $*"; exit 1; }

replay() { "$build/examples/http" --requests -r test/replay/http2.pcap "$@" 2>"$tmp/err"; }

# Without times: they depend on this machine's time zone.
events() { replay | cut -d ' ' -f 2- | sed -E 's/ [0-9.]+ ms/ ms/'; }

events | diff -u test/replay/http2.txt - || fail "the replay gives other events"
grep -q '^http: 13 messages seen, 13 delivered, 0 lost$' "$tmp/err" || fail "the ledger says something else: $(cat "$tmp/err")"
replay --json | grep -c '"network.protocol.version":"2".*"rpc.grpc.status_code":7' | grep -qx 2 || fail "gRPC's status is not there twice"
! replay --json | grep -q secret || fail "there is a secret in the events"
