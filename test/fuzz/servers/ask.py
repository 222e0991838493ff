"""Helper of ../servers.sh: asks the installed servers what they execute of each case of test/unit/http_leniency.txt, or of mutations."""
import concurrent.futures
import os
import random
import re
import socket
import sys
import tempfile
import time

import configs

NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}
PORT = 8100
# Its application sees a decoded path.
REWRITES = "waitress"
ANSWER = re.compile(rb"HTTP/\d\.\d+ (\d{3})[^\n]*\n(?:[^\n]+\r\n)*\r\n(?:[0-9a-f]+\r\n)?(?:\[([^ \n]+) ([^\n]+) ([-\d]+)\]\n)?")
PIECES = [b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b";", b",", b":", b"\"", b"0", b"5", b"+", b"HTTP/1.1", b"Host: a\r\n", b"Content-Length: 5\r\n",
          b"Transfer-Encoding: chunked\r\n", b"chunked", b"identity", b"X: y\r\n", b"\xff", b"_", b"%", b"0\r\n\r\n", b"5\r\nhello\r\n"]


def unescape(text):
    return re.sub(rb"\\(x..|.)", lambda m: ESCAPES.get(m[1]) or bytes([int(m[1][1:], 16)]), text)


def escape(data, also=b""):
    names = {ord("\r"): "\\r", ord("\n"): "\\n", ord("\t"): "\\t", ord("\\"): "\\\\"}
    return "".join(names.get(c) or (chr(c) if 32 <= c < 127 and c not in also else f"\\x{c:02x}") for c in data)


class Case:
    def __init__(self, kind, name):
        self.kind, self.name, self.data, self.readings = kind, name, b"", {}

    def text(self):
        lines, groups = [f"{self.kind}: {self.name}", f"  input: {escape(self.data)}"], {}
        for server in configs.SERVERS:
            if server in self.readings:
                groups.setdefault(self.readings[server], []).append(server)
        lines += [f"  {' '.join(servers)}: {reading}" for reading, servers in groups.items() if reading]
        if "" in groups:
            lines.append(f"  refused by: {' '.join(groups[''])}")
        return "\n".join(lines) + "\n"


def read_cases(path):
    """The comment at the file's top, and the cases."""
    comment, cases = [], []
    for line in open(path, encoding="ascii"):
        key, _, value = line.rstrip("\n").partition(": ")
        if line.startswith("#"):
            comment.append(line)
        elif key in ("odd", "clean"):
            cases.append(Case(key, value))
        elif key == "  input":
            cases[-1].data = unescape(value.encode())
        elif value:
            servers, reading = (value, "") if key == "  refused by" else (key, value)
            cases[-1].readings.update((server, reading) for server in servers.split())
    return "".join(comment), cases


def talk(port, data, patience):
    """What a server sends until it is silent."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(patience)
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass
    return answer


def executed(server, data, answer):
    """The requests of which the application told, up to the first answer that is not its own."""
    requests = []
    if answer.startswith(b"["):
        answer = b"HTTP/1.0 200 OK\r\n\r\n" + answer  # HTTP/0.9
    for match in ANSWER.finditer(answer):
        status, method, target, size = match.groups()
        if status == b"100":
            continue
        if not method or int(status) >= 400:
            break
        sent = b" " + target + b" " in data or b" " + target + b"\r" in data
        shown = "-" if server == REWRITES and not requests and not sent else escape(target, b" |")
        requests.append(f"{escape(method, b' |')} {shown} {size.decode()}")
    return " | ".join(requests)


def ask(server, port, case):
    """A server that says nothing may only be slow."""
    answer = talk(port, case.data + NEXT, 0.4) or talk(port, case.data + NEXT, 1.5)
    return executed(server, case.data, answer)


def wait_for(port):
    end = time.monotonic() + 40
    while time.monotonic() < end:
        try:
            return talk(port, NEXT, 10 if not port % 100 else 3)
        except OSError:
            time.sleep(0.1)
    return sys.exit(f"nothing listens on port {port}")


def mutated(rng, data):
    for _ in range(rng.randint(1, 2)):
        at, piece = rng.randint(0, len(data)), rng.choice(PIECES)
        data = data[:at] + rng.choice((piece, b"")) + data[at + rng.choice((0, 0, 1, len(piece))):]
    return data


def mutations(cases, seed, count):
    rng = random.Random(seed)
    for number in range(count):
        case = Case("any", f"seed {seed} number {number}")
        case.data = mutated(rng, rng.choice(cases).data)
        yield case


def ask_all(servers, cases):
    """Returns the readings of each case, by server."""
    with concurrent.futures.ThreadPoolExecutor(4 * len(servers)) as pool:
        asked = [{name: pool.submit(ask, name, port, case) for name, port in servers.items()} for case in cases]
        return [{name: answer.result() for name, answer in one.items()} for one in asked]


def check(path, servers, write):
    """Compares the file with the servers, or brings it up to date; returns the number of differences."""
    comment, cases = read_cases(path)
    differences = 0
    for case, readings in zip(cases, ask_all(servers, cases)):
        for name, reading in readings.items():
            if case.readings.get(name) != reading:
                differences += 1
                print(f"{case.name}: {name} executes {reading or 'nothing'}, not {case.readings.get(name) or 'nothing'}")
        case.readings.update(readings)
    if write:
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join([comment] + [case.text() for case in cases]))
    return 0 if write else differences


def mutate(path, servers, out, seed):
    cases = list(mutations(read_cases(path)[1], seed, 400))
    for case, readings in zip(cases, ask_all(servers, cases)):
        case.readings = readings
    with open(out, "w", encoding="ascii") as file:
        file.write("\n".join(case.text() for case in cases))
    return 0


def main(command, path, *rest):
    servers, running = {}, []
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        try:
            for i, name in enumerate(configs.SERVERS):
                if not configs.is_there(name):
                    print(f"SKIP: {name} is not installed")
                    continue
                servers[name] = PORT + i
                running.append(configs.start(name, os.path.join(directory, name), PORT + i))
            for port in servers.values():
                wait_for(port)
            if command == "mutate":
                return mutate(path, servers, rest[0], int(rest[1]))
            return 1 if check(path, servers, command == "write") else 0
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
