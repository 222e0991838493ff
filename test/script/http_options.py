# SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later
"""
usage: http_options.py capture FILE LINE...   writes a capture of one TCP connection
       http_options.py serve PORT             answers each request; one for /hang never
       http_options.py get ADDRESS PORT PATH  reads the response; for /hang, waits for a line on standard input instead

A LINE is "c TEXT" or "s TEXT", sent by the client or the server after 1 ms, with \\r and \\n as in Python; "cF" is the client's FIN.
"""
import socket
import struct
import sys
import threading

FIN, SYN, PSH, ACK = 1, 2, 8, 16
CLIENT, SERVER = (bytes((10, 0, 0, 1)), 40000), (bytes((10, 0, 0, 2)), 80)


def packet(source, destination, seq, ack, flags, data):
    tcp = struct.pack(">HHIIBBHHH", source[1], destination[1], seq, ack, 5 << 4, flags, 65535, 0, 0) + data
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, source[0], destination[0]) + tcp


class Connection:
    """The packets of a connection, one per millisecond, as a capture of link type RAW."""

    def __init__(self, file):
        self.file, self.seq, self.time = file, {"c": 1000, "s": 2000}, 1700000000000000
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        self.send("c", SYN)
        self.send("s", SYN | ACK)
        self.send("c", ACK)

    def send(self, side, flags, data=b""):
        ends = (CLIENT, SERVER) if side == "c" else (SERVER, CLIENT)
        other = "s" if side == "c" else "c"
        frame = packet(*ends, self.seq[side], self.seq[other] if flags & ACK else 0, flags, data)
        self.file.write(struct.pack("<IIII", self.time // 1000000, self.time % 1000000, len(frame), len(frame)) + frame)
        self.seq[side] += len(data) + bool(flags & (SYN | FIN))
        self.time += 1000


def capture(path, *lines):
    with open(path, "wb") as file:
        connection = Connection(file)
        for line in lines:
            if line[1:] == "F":
                connection.send(line[0], FIN | ACK)
            else:
                connection.send(line[0], PSH | ACK, line[2:].encode("latin-1").decode("unicode_escape").encode("latin-1"))


def answer(connection):
    while request := connection.recv(65536):
        if b"/hang" not in request:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def serve(port):
    with socket.create_server(("0.0.0.0", int(port))) as server:
        while True:
            threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()


def get(address, port, path):
    with socket.create_connection((address, int(port))) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        if path == "/hang":
            sys.stdin.readline()
        elif b"hello" not in connection.recv(65536):
            sys.exit("there is no answer")


if __name__ == "__main__":
    {"capture": capture, "serve": serve, "get": get}[sys.argv[1]](*sys.argv[2:])
