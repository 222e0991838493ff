# SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later
"""
usage: http_tshark.py HTTP CAPTURES TABLE [NAME...]

Replays each capture below CAPTURES with HTTP, the example, and with tshark, and compares the messages: ends, method, target and
host of requests, ends and status of responses. TABLE lists the allowed differences, their number and their reason. Any other
difference fails, and so does a listed one that does not exist. With NAMEs, shows every difference of only these captures.
"""
import collections
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as tree

ROOMS = {"method": 24, "target": 512, "host": 128}  # ebpfi_http_room(): longer texts are cut
ORDERS = ("FALSE", "TRUE")  # tshark loses either segments out of order or those after a gap


def request(ends, method, target, host):
    return (*ends, method[: ROOMS["method"]], target[: ROOMS["target"]], host.strip()[: ROOMS["host"]])


def is_reported(status):
    """A 1xx other than 101 is not a final response, and has no event (RFC 9110 15.2)."""
    return status >= 200 or status == 101


def ends_of(event):
    return tuple(str(event[f"{end}.{part}"]) for end in ("source", "destination") for part in ("address", "port"))


def authority(event, address, port):
    """As it was sent: an IPv6 address has no brackets in server.address."""
    host = event.get(address, "")
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    return host + (f":{event[port]}" if port in event else "")


def our_request(event):
    """The target and Host as they were sent. An authority in the target is the server's if there is no Host."""
    target = event.get("url.path", "") + ("?" + event["url.query"] if "url.query" in event else "")
    host = authority(event, "server.address", "server.port")
    if "url.scheme" in event or event["http.request.method"] == "CONNECT":
        named = authority(event, "url.domain", "url.port") or host
        host = host if "url.domain" in event else ""
        target = (event["url.scheme"] + "://" if "url.scheme" in event else "") + named + target
    return request(ends_of(event), event["http.request.method"], target, host)


def our_messages(events):
    """A broken message counts, too. But a request counts once, however many events it has."""
    requests = set()
    for event in events:
        status = event.get("http.response.status_code")
        this = event["http.connection.id"], event.get("http.request.number")
        if status and is_reported(status):
            yield (*ends_of(event), str(status))
        elif not status and "http.request.method" in event and (this not in requests or not this[1]):
            requests.add(this)
            yield our_request(event)


def ours(http, capture):
    lines = subprocess.run([http, "-r", capture, "--json", "--requests"], check=True, capture_output=True).stdout
    return collections.Counter(our_messages(json.loads(line) for line in lines.splitlines()))


def field(protocol, name):
    return protocol.find(f".//field[@name='{name}']")


def as_text(octets):
    """As our JSON has it."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def their_message(ends, protocol):
    method, status = field(protocol, "http.request.method"), field(protocol, "http.response.code")
    if status is not None:
        return (*ends, status.get("show")) if is_reported(int(status.get("show"))) else None
    if method is None:
        return None
    target, host = field(protocol, "http.request.uri"), field(protocol, "http.host")
    return request(ends, method.get("show"), as_text(bytes.fromhex(target.get("value", ""))),
                   "" if host is None else host.get("show"))


def their_messages(packet):
    address = port = ("", "")
    for protocol in packet.iter("proto"):
        name = protocol.get("name")
        if name in ("ip", "ipv6"):
            address = tuple(field(protocol, f"{name}.{end}").get("show") for end in ("src", "dst"))
        elif name == "tcp":
            port = tuple(field(protocol, f"tcp.{end}port").get("show") for end in ("src", "dst"))
        elif name == "http":
            yield their_message((address[0], port[0], address[1], port[1]), protocol)


def dissect(capture, order):
    """One element at a time: a whole capture in PDML is large."""
    command = ["tshark", "-n", "-o", f"tcp.reassemble_out_of_order:{order}", "-r", capture, "-Y", "http", "-T", "pdml",
               "-J", "ip ipv6 tcp http"]
    messages = collections.Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tshark:
        for _, element in tree.iterparse(tshark.stdout):
            if element.tag == "packet":
                messages.update(message for message in their_messages(element) if message)
                element.clear()
    return messages


def theirs(capture):
    one, other = (dissect(capture, order) for order in ORDERS)
    return one | other


def read_table(path):
    """Lines of NAME -MISSING +MORE REASON."""
    table = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, missing, more, reason = line.split(None, 3)
            table[name] = (-int(missing), int(more), reason)
    return table


def show(sign, messages):
    for message, count in sorted(messages.items()):
        print(f"    {sign} {count} x {' '.join(message)[:160]}")


def check(http, capture, name, table, verbose):
    """Whether the differences are those in the table."""
    us, them = ours(http, capture), theirs(capture)
    missing, more = them - us, us - them
    found = (sum(missing.values()), sum(more.values()))
    expected = table.get(name, (0, 0, ""))
    fine = found == expected[:2]
    if found != (0, 0) or not fine:
        words = expected[2] if fine else f"FAIL: -{expected[0]} +{expected[1]} are explained"
        print(f"{name}: {sum(us.values())} messages, -{found[0]} +{found[1]}: {words}")
    if verbose or not fine:
        show("-", missing)
        show("+", more)
    return fine


def main(http, captures, table, *names):
    root = pathlib.Path(captures)
    known = read_table(pathlib.Path(table))
    every = [str(path.relative_to(root)) for path in sorted(root.rglob("*.pcap*"))]
    failed = [name for name in names or every if not check(http, root / name, name, known, bool(names))]
    gone = set() if names else set(known) - set(every)
    for name in sorted(gone):
        print(f"FAIL: {name} is explained, and is not there")
    print(f"{len(names or every)} captures, {len(failed) + len(gone)} failures")
    return 1 if failed or gone else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
