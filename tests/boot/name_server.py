"""A name server for one question, on standard input and output as DNS over TCP has it: whatever is asked for is 10.1.2.3."""

import struct
import sys

length, = struct.unpack(">H", sys.stdin.buffer.read(2))
query = sys.stdin.buffer.read(length)
end = query.index(b"\0", 12) + 5  # of the question: a name, type and class
answer = query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + query[12:end]
answer += struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + bytes([10, 1, 2, 3])
sys.stdout.buffer.write(struct.pack(">H", len(answer)) + answer)
