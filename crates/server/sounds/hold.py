#!/usr/bin/env python3
"""Makes hold.wav, the music for those who are held: 16 seconds of plucked chords, 16 kHz, 8-bit mu-law.

Everything in it follows from this file (no samples, no chance), so it carries no licence but the project's.
Run it in this folder after a change:  python3 hold.py
"""
import math
import struct

RATE = 16_000
BEAT = RATE // 2
# Chords in semitones from A3, four beats each, and the order in which their notes are plucked.
CHORDS = [(0, 7, 12, 16), (-4, 3, 8, 12), (-9, -2, 7, 12), (-2, 5, 10, 14),
          (0, 7, 12, 16), (-4, 3, 8, 15), (-7, 0, 5, 12), (-5, 2, 7, 11)]
ORDER = (0, 2, 1, 3)


def mulaw(value: int) -> int:
    """One code of a 16-bit sample (ITU-T G.711)."""
    sign = 0x80 if value < 0 else 0
    magnitude = min(abs(value) >> 2, 8158) + 33
    segment = magnitude.bit_length() - 6
    return ~(sign | segment << 4 | (magnitude >> (segment + 1)) & 0x0F) & 0xFF


def main() -> None:
    total = len(CHORDS) * 4 * BEAT
    song = [0.0] * total
    for bar, chord in enumerate(CHORDS):
        for beat, place in enumerate(ORDER):
            hertz = 220.0 * 2 ** (chord[place] / 12)
            start = (bar * 4 + beat) * BEAT
            for n in range(3 * BEAT):
                second = n / RATE
                loud = min(n / 80, 1.0) * math.exp(-2.2 * second) * min((3 * BEAT - n) / 400, 1.0)
                tone = sum(math.sin(math.tau * hertz * over * second) / over ** 2 for over in (1, 2, 3))
                # The end rings on into the beginning, since the music goes round.
                song[(start + n) % total] += loud * tone
    peak = max(abs(sample) for sample in song)
    data = bytes(mulaw(round(sample / peak * 7000)) for sample in song)
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    fact = struct.pack("<I", len(data))
    chunks = b"".join(name + struct.pack("<I", len(body)) + body
                      for name, body in ((b"fmt ", form), (b"fact", fact), (b"data", data)))
    with open("hold.wav", "wb") as out:
        out.write(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks)


main()
