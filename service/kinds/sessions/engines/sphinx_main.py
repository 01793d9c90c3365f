"""The process around pocketsphinx: takes utterances on fd 0, answers each with one line of JSON on fd 1.

A request is a length (4 bytes, little endian) and as many bytes of samples (16 kHz, 16 bit, mono); the answer is a
list of `[start, end, word, confidence]`, times in seconds.
"""

import json
import os
import struct
import sys
from typing import Any, BinaryIO, Final

FRAMES_A_SECOND: Final = 100
_NO_WORDS: Final = ("<", "[", "+")  # <s>, </s>, <sil>, [NOISE], ++BREATH++ …


def main() -> None:
    """Serve utterances until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints must not get between the answers
    decoder = make_decoder()
    while (samples := _request(sys.stdin.buffer)) is not None:
        answers.write(json.dumps(words(decoder, samples)).encode() + b"\n")
        answers.flush()


def make_decoder() -> Any:
    """Return a decoder with the model of the wheel, which says nothing about what it hears."""
    from pocketsphinx import Decoder

    return Decoder(samprate=16000, loglevel="FATAL")


def words(decoder: Any, samples: bytes) -> list[list[Any]]:
    """Return the words of one utterance. The whole of it goes in at once.

    Only so are the cepstral means those of this utterance; fed in pieces, they would be guessed from what came before.
    What the front end has learnt about noise is forgotten each time: after a crash the same words have to come out.
    """
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    return [
        [
            segment.start_frame / FRAMES_A_SECOND,
            (segment.end_frame + 1) / FRAMES_A_SECOND,
            segment.word.partition("(")[0],  # "to(3)" is the third way to say "to"
            round(min(1.0, max(0.0, segment.prob)), 3),
        ]
        for segment in decoder.seg()
        if not segment.word.startswith(_NO_WORDS)
    ]


def _request(source: BinaryIO) -> bytes | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    length = struct.unpack("<I", head)[0]
    samples = source.read(length)
    return samples if len(samples) == length else None


if __name__ == "__main__":
    main()
