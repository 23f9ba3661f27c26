"""What makes the faults of ``faulty.py`` happen."""

HANG, CRASH, NAN, LEAK, BUG, STOP = 21, 22, 23, 24, 25, 26
"""Heights of pictures: what the detector then does. STOP: its whole process stands still."""

DECODER_HANG, DECODER_CRASH, DECODER_BOMB = b"decoder-hang", b"decoder-crash", b"decoder-bomb"
"""Ends of files: what the decoder then does."""
