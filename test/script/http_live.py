"""Helpers of http_live.sh: two small servers, a client, and the comparison of a server's log with the events."""
import base64
import collections
import hashlib
import json
import os
import re
import socket
import struct
import sys
import threading

# Bytes in a tunnel, which must not be read as HTTP.
DECOY = b"GET /inside HTTP/1.1\r\nHost: inside\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
FRAMES = 50


def head_of(stream):
    """Reads up to the empty line; None if the connection ends before."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.read(1)
        if not byte:
            return None
        head += byte
    return head


def serve(host, port, handle):
    with socket.create_server((host, port)) as server:
        while True:
            client = server.accept()[0]
            threading.Thread(target=handle, args=(client,), daemon=True).start()


def relay(source, sink):
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


def proxy(log):
    """CONNECT (RFC 9110 9.3.6), logged as nginx logs its requests."""

    def handle(client):
        head = head_of(client.makefile("rb", 0))
        if not head:
            return
        target = head.split()[1].decode()
        host, port = target.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as server:
            with open(log, "a", encoding="ascii") as out:
                out.write(f"connect 1 200 0 CONNECT {target} HTTP/1.1\n")
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=relay, args=(server, client))
            back.start()
            relay(client, server)
            back.join()

    return handle


def frame(payload, mask=b""):
    """A binary frame of less than 64 KiB (RFC 6455 5.2)."""
    data = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if mask else payload
    return struct.pack("!BBH", 0x82, (0x80 if mask else 0) | 126, len(payload)) + mask + data


def websocket_server(client):
    stream = client.makefile("rb")
    head = head_of(stream)
    if not head:
        return
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head).group(1)
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    for _ in range(FRAMES):
        stream.read(8 + len(DECOY))
        client.sendall(frame(DECOY))
    client.close()


def websocket_client(host):
    with socket.create_connection((host, 80)) as server:
        server.sendall(b"GET /socket HTTP/1.1\r\nHost: " + host.encode() + b"\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       b"Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\n\r\n")
        stream = server.makefile("rb")
        if b" 101 " not in head_of(stream):
            sys.exit("the WebSocket was not opened")
        for _ in range(FRAMES):
            server.sendall(frame(DECOY, os.urandom(4)))
            if stream.read(4 + len(DECOY))[4:] != DECOY:
                sys.exit("the WebSocket's frames did not come back")


def comparable(size, target, status):
    """nginx counts chunk sizes, "100 Continue" and all WebSocket bytes as body."""
    return "-" if target.startswith(("/gzip/", "/put/")) or status == "101" else size


def logged(path, requests_only):
    """Lines of nginx's log: connection, number in it, status, bytes, request line."""
    for line in open(path, encoding="ascii"):
        connection, number, status, size, request = line.rstrip("\n").split(" ", 4)
        method, target = request.split()[:2]
        what = (int(number), method, target)
        yield connection, what if requests_only else what + (int(status), comparable(size, target, status))


def target_of(event):
    """As it was sent. That of CONNECT is an authority, and curl sends Host, too."""
    if event["http.request.method"] == "CONNECT":
        return f"{event['url.domain']}:{event['url.port']}"
    return event["url.path"] + ("?" + event["url.query"] if "url.query" in event else "")


def seen(path, requests_only):
    wanted = "http.request" if requests_only else "http.response"
    for line in open(path, encoding="utf-8"):
        event = json.loads(line)
        if event["event.name"] == "http.broken":
            sys.exit(f"broken: {line}")
        if event["event.name"] != wanted:
            continue
        if "http.request.method" not in event:
            sys.exit(f"an event without its request: {line}")
        target = target_of(event)
        what = (event["http.request.number"], event["http.request.method"], target)
        if not requests_only:
            status = event["http.response.status_code"]
            what += (status, comparable(str(event["http.response.body.size"]), target, str(status)))
        yield event["http.connection.id"], what


def by_connection(pairs):
    """Both sides name connections differently: compares the messages of each connection, in order."""
    connections = collections.defaultdict(list)
    for connection, what in pairs:
        connections[connection].append(what)
    return collections.Counter(tuple(sorted(all)) for all in connections.values())


def compare(log, events, what):
    ours, theirs = by_connection(seen(events, what == "requests")), by_connection(logged(log, what == "requests"))
    for name, difference in ("logged only", theirs - ours), ("in the events only", ours - theirs):
        for connection in list(difference)[:5]:
            print(f"{name}: a connection with {len(connection)} requests, {connection[:3]} ... {connection[-1]}")
    if ours != theirs:
        sys.exit(1)
    print(sum(len(c) * n for c, n in ours.items()), "requests on", sum(ours.values()), "connections")


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "compare":
        compare(*rest)
    elif command == "websocket":
        websocket_client(*rest)
    else:
        threading.Thread(target=serve, args=("127.0.0.1", 9000, websocket_server), daemon=True).start()
        serve("", 3128, proxy(*rest))
