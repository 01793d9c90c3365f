"""From any file with sound in it to bounded pieces of speech: decoding, channels, utterances."""
