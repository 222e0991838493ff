"""usage: differ_seeds.py OUT TALKS CASES: makes inputs of the target `differ` from those of `http` and from test/unit/http_leniency.txt."""
import os
import re
import sys

CUTS, TURN = 16, b"\xff"  # as in fuzz.h
RESPONSES, KNOWN = 1, 4  # as in differ.c
ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


def unescape(text):
    return re.sub(rb"\\(x..|.)", lambda m: ESCAPES.get(m[1]) or bytes([int(m[1][1:], 16)]), text)


def seeds(talks, cases):
    for name in sorted(os.listdir(talks)):
        with open(os.path.join(talks, name), "rb") as talk:
            for i, turn in enumerate(talk.read()[CUTS:].split(TURN)):
                yield RESPONSES if i % 2 else 0, turn
    with open(cases, "rb") as lines:
        for line in lines:
            if line.startswith(b"  input: "):
                yield 0, unescape(line[9:-1])
                yield KNOWN, unescape(line[9:-1]) + NEXT


out, *sources = sys.argv[1:]
for number, (flags, data) in enumerate(sorted(set(seeds(*sources)))):
    with open(os.path.join(out, f"differ-{number:04}"), "wb") as seed:
        seed.write(bytes([flags]) + data)
