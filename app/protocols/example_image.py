"""A picture for the examples of the API's description: small enough to be shown, and every model reads it."""

EXAMPLE_TEXT = "Hello, OCR"

EXAMPLE_IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAKMAAAAzAQAAAADTcYVuAAAA+klEQVR42u2TMU7DMBiFP7sWyVC1EXMlfJPmAJW4Qm8BAxIeWJjo"
    "VZA4QNhyDCN1RmnEgCUnZqA2SdqBA/RN1qen/3//kywCp/qQnNOFjqhrp3TXmdigRgZRTibYpgtgJ/T2zfty3UxooZ2E+0gVdDlB"
    "L1phiXNDD18eylGy/g4On/Rke0yi/skgs1/blvpInYR92rkDCQcFFajjLe86bpOnPSz9iKwtKAARnIuwwoxvk7gVW9LFnQFvqACd"
    "8mbACoRtF2HQ+oOhdzWNDX2ZqHrmcXkNr5tcmdTOTKp8rmp0cTWDbyAkvaSXHSQrBiH/vDdnvfbyA/5HfwDmxHDVGghPUwAAAABJ"
    "RU5ErkJggg=="
)
"""A PNG of 163 x 51 pixels in black and white, with :data:`EXAMPLE_TEXT` on it, as base64."""
