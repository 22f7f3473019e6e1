#!/usr/bin/env python3
"""Makes the announcements in this folder (announce/*.wav): 8 kHz, 8-bit mu-law, one channel.

The words are the project's, spoken by espeak-ng (`apt-get install espeak-ng`). That program is under the GPL; what it
says is not: it speaks by rule from its own tables, and no recording of a person is in it. So the files carry no
licence but the project's. Run it in this folder after a change:  python3 announce.py
"""
import array
import math
import pathlib
import struct
import subprocess

RATE = 8000
# Words a minute, and how loud the loudest sample is.
PACE, PEAK = 150, 12_000
VOICES = {"en": "en-us", "de": "de", "fr": "fr", "es": "es"}
WORDS = {
    "unknown_number": {
        "en": "The number that you dialed is not in service.",
        "de": "Diese Rufnummer ist nicht vergeben.",
        "fr": "Le numéro que vous avez composé n'est pas attribué.",
        "es": "El número marcado no existe.",
    },
    "not_registered": {
        "en": "The phone that you called can not be reached.",
        "de": "Der Anschluss ist zur Zeit nicht erreichbar.",
        "fr": "Le poste demandé n'est pas joignable.",
        "es": "El teléfono llamado no está disponible.",
    },
    "no_codec": {
        "en": "The two phones do not understand each other.",
        "de": "Die beiden Telefone verstehen sich nicht.",
        "fr": "Les deux postes ne se comprennent pas.",
        "es": "Los dos teléfonos no se entienden.",
    },
    "limit": {
        "en": "All lines are busy. Please call again later.",
        "de": "Alle Leitungen sind belegt. Bitte rufen Sie später an.",
        "fr": "Toutes les lignes sont occupées. Veuillez rappeler plus tard.",
        "es": "Todas las líneas están ocupadas. Llame más tarde.",
    },
    "closed": {
        "en": "We are closed now. Please call again later.",
        "de": "Wir haben jetzt geschlossen. Bitte rufen Sie später an.",
        "fr": "Nous sommes fermés. Veuillez rappeler plus tard.",
        "es": "Ahora está cerrado. Llame más tarde.",
    },
}


def mulaw(value: int) -> int:
    """One code of a 16-bit sample (ITU-T G.711)."""
    sign = 0x80 if value < 0 else 0
    magnitude = min(abs(value) >> 2, 8158) + 33
    segment = magnitude.bit_length() - 6
    return ~(sign | segment << 4 | (magnitude >> (segment + 1)) & 0x0F) & 0xFF


def spoken(voice: str, text: str) -> tuple[int, list[int]]:
    """What the synthesizer says: samples a second, and the samples."""
    command = ["espeak-ng", "-v", voice, "-s", str(PACE), "--stdin", "-w", "/dev/stdout"]
    said = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    # The length in the header is not known while it is written to a pipe.
    rate = struct.unpack("<I", said[24:28])[0]
    samples = array.array("h")
    samples.frombytes(said[44:len(said) - len(said) % 2])
    return rate, list(samples)


def narrowed(rate: int, samples: list[int]) -> list[float]:
    """The same at 8 kHz, without what is above 3.6 kHz (windowed sinc)."""
    cut, half = 3600 / rate, 48
    taps = [(2 * cut if n == 0 else math.sin(math.tau * cut * n) / (math.pi * n))
            * (0.54 + 0.46 * math.cos(math.pi * n / half)) for n in range(-half, half + 1)]
    out = []
    for place in range(int(len(samples) * RATE / rate)):
        centre = round(place * rate / RATE)
        first = centre - half
        out.append(sum(tap * samples[first + n] for n, tap in enumerate(taps)
                       if 0 <= first + n < len(samples)))
    return out


def write(path: pathlib.Path, samples: list[float]) -> None:
    peak = max(abs(sample) for sample in samples)
    pause = [0] * (RATE // 5)
    loud = [round(sample / peak * PEAK) for sample in samples]
    data = bytes(mulaw(sample) for sample in pause + loud + pause)
    data += b"\xff" * (len(data) % 2)
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    fact = struct.pack("<I", len(data))
    chunks = b"".join(name + struct.pack("<I", len(body)) + body
                      for name, body in ((b"fmt ", form), (b"fact", fact), (b"data", data)))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks)


def main() -> None:
    folder = pathlib.Path("announce")
    folder.mkdir(exist_ok=True)
    for name, words in WORDS.items():
        for language, text in words.items():
            write(folder / f"{name}.{language}.wav", narrowed(*spoken(VOICES[language], text)))


main()
