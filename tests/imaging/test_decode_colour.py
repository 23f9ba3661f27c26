"""Transparency, depth and colour models become opaque eight-bit colour; samples made by hand are the judges."""

import struct

import numpy as np
import pytest
from PIL import Image

WHITE, BLACK = [255, 255, 255], [0, 0, 0]


def grey_tiff(order, depth, samples, photometric=1):
    """Return a TIFF of one row with these *samples*, in the byte *order* < or >; photometric 0: nought is white."""
    width = len(samples) * 8 // depth
    tags = {256: width, 257: 1, 258: depth, 259: 1, 262: photometric, 273: 8, 278: 1, 279: len(samples)}
    letters = b"II*\0" if order == "<" else b"MM\0*"
    head = letters + struct.pack(order + "I", 8 + len(samples)) + samples + struct.pack(order + "H", len(tags))
    return head + b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in tags.items()) + bytes(4)


class TestTransparency:
    """What is transparent shows white paper."""

    @pytest.mark.parametrize(("name", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})])
    def test_alpha_is_laid_on_white(self, encode, pixels, name, options):
        """Opaque red stays, clear red is white, half-clear red is half-way to white."""
        image = Image.new("RGBA", (3, 1))
        for column, alpha in enumerate((255, 0, 128)):
            image.putpixel((column, 0), (255, 0, 0, alpha))
        opaque, clear, half = pixels(encode(image, name, **options))[0]
        assert (opaque, clear) == ([0, 0, 255], WHITE)
        assert half == pytest.approx([127, 127, 255], abs=1)

    def test_lossy_webp_with_alpha(self, encode, decode, flat):
        """The alpha of a lossy WebP counts too."""
        image = flat("RGBA", (0, 0, 0, 255), (32, 32))
        image.paste((0, 0, 0, 0), (16, 0, 32, 32))
        decoded = decode(encode(image, "WEBP", quality=80)).pixels
        assert decoded[:, :14].max() < 30
        assert decoded[:, 18:].min() > 225

    def test_grey_with_alpha(self, encode, pixels):
        """Black text on clear grey is black on white."""
        image = Image.new("LA", (2, 1), (0, 0))
        image.putpixel((1, 0), (0, 255))
        assert pixels(encode(image, "PNG")) == [[WHITE, BLACK]]

    def test_a_transparent_colour_of_a_palette(self, png, pixels):
        """A palette's entry may be clear, or half-clear; the others are opaque."""
        before = {b"PLTE": bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]), b"tRNS": bytes([0, 128])}
        clear, half, opaque = pixels(png((3, 1), 8, 3, [bytes([0, 1, 2])], before))[0]
        assert (clear, opaque) == (WHITE, [255, 0, 0])
        assert half == pytest.approx([127, 255, 127], abs=1)

    def test_a_transparent_grey(self, png, pixels):
        """A PNG of grey samples may declare one of them clear: that one is paper, whatever its value."""
        data = png((3, 1), 8, 0, [bytes([0, 64, 128])], {b"tRNS": struct.pack(">H", 64)})
        assert pixels(data) == [[BLACK, WHITE, [128] * 3]]

    def test_a_transparent_grey_of_16_bits(self, png, pixels):
        """The same holds for samples of 16 bits."""
        data = png((3, 1), 16, 0, [struct.pack(">HHH", 0, 0x4000, 0x8000)], {b"tRNS": struct.pack(">H", 0x4000)})
        assert pixels(data) == [[BLACK, WHITE, [128] * 3]]

    def test_a_transparent_colour(self, png, pixels):
        """A PNG of RGB samples may declare one colour clear."""
        data = png((2, 1), 8, 2, [bytes([10, 20, 30, 30, 20, 10])], {b"tRNS": struct.pack(">HHH", 10, 20, 30)})
        assert pixels(data) == [[WHITE, [10, 20, 30]]]

    def test_a_transparent_gif(self, encode, decode):
        """The clear colour of a GIF is paper."""
        image = Image.new("P", (20, 10), 0)
        image.putpalette([0, 0, 0, 0, 0, 255])
        image.paste(1, (10, 0, 20, 10))
        decoded = decode(encode(image, "GIF", transparency=0)).pixels
        assert (decoded[:, :10] == 255).all()
        assert (decoded[:, 10:] == (255, 0, 0)).all()

    @pytest.mark.parametrize("colour", [(0, 0, 0, 0), (255, 255, 255, 0)])
    def test_a_picture_that_is_all_clear_is_paper(self, encode, decode, colour, flat):
        """Nothing but transparency is a white page."""
        assert (decode(encode(flat("RGBA", colour), "PNG")).pixels == 255).all()


class TestDepth:
    """Samples of any depth become eight bits."""

    def test_16_bit_grey_png(self, png, pixels):
        """The high byte of each sample counts."""
        data = png((4, 1), 16, 0, [struct.pack(">HHHH", 0, 0x0100, 0x80FF, 0xFFFF)])
        assert pixels(data) == [[BLACK, [1] * 3, [128] * 3, WHITE]]

    def test_16_bit_rgb_png(self, png, decode):
        """Each channel keeps its high byte, within one."""
        data = png((2, 1), 16, 2, [struct.pack(">6H", 0xFFFF, 0x8000, 0, 0x1234, 0xABCD, 0x00FF)])
        expected = np.array([[[0, 0x80, 0xFF], [0, 0xAB, 0x12]]])
        assert np.abs(decode(data).pixels.astype(int) - expected).max() <= 1

    def test_16_bit_rgb_png_with_alpha(self, png, decode):
        """Alpha of 16 bits is laid on white like that of eight."""
        data = png((2, 1), 16, 6, [struct.pack(">8H", 0, 0, 0, 0xFFFF, 0, 0, 0, 0)])
        assert decode(data).pixels.tolist() == [[BLACK, WHITE]]

    @pytest.mark.parametrize(("depth", "row", "greys"), [(1, 0b01000000, 2), (2, 0b00011011, 4), (4, 0x0F, 2)])
    def test_fewer_bits_are_stretched(self, png, pixels, depth, row, greys):
        """The greatest sample of 1, 2 or 4 bits is white, the least black, those between evenly so."""
        top = 2**depth - 1
        samples = [row >> shift & top for shift in range(8 - depth, -1, -depth)][:greys]
        data = png((greys, 1), depth, 0, [bytes([row])])
        assert pixels(data) == [[[round(255 * sample / top)] * 3 for sample in samples]]

    @pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF", "GIF"])
    def test_one_bit_files(self, encode, decode, name, flat):
        """Black and white scans are black and white."""
        image = flat("1", 1, (24, 8))
        image.paste(0, (0, 0, 12, 8))
        decoded = decode(encode(image, name)).pixels
        assert (decoded[:, :12] == 0).all()
        assert (decoded[:, 12:] == 255).all()

    @pytest.mark.parametrize("compression", ["group3", "group4"])
    def test_fax(self, encode, decode, compression, flat):
        """So are those that a fax compresses."""
        image = flat("1", 1, (64, 32))
        image.paste(0, (8, 8, 40, 16))
        decoded = decode(encode(image, "TIFF", compression=compression)).pixels
        assert np.array_equal(decoded[..., 0] == 0, np.asarray(image) == 0)

    @pytest.mark.parametrize("order", ["<", ">"])
    def test_16_bit_tiff(self, decode, order):
        """Either byte order of 16-bit samples keeps the high byte."""
        samples = struct.pack(order + "4H", 0, 0x0180, 0x8000, 0xFFFF)
        assert decode(grey_tiff(order, 16, samples)).pixels[0, :, 0].tolist() == [0, 1, 128, 255]

    @pytest.mark.parametrize(("order", "depth", "letter"), [("<", 8, "B"), (">", 8, "B"), ("<", 16, "H")])
    def test_a_tiff_in_which_nought_is_white(self, decode, order, depth, letter):
        """Scans that store ink instead of light are shown black on white."""
        top = 2**depth - 1
        samples = struct.pack(f"{order}4{letter}", 0, top, 0, top // 4)
        shown = decode(grey_tiff(order, depth, samples, photometric=0)).pixels[0, :, 0].tolist()
        assert shown == pytest.approx([255, 0, 255, 255 - 255 // 4], abs=1)

    def test_float_tiff_up_to_one(self, encode, decode):
        """Floats up to 1 are shares of white."""
        image = Image.fromarray(np.array([[0, 0.25, 0.5, 1]], np.float32))
        assert decode(encode(image, "TIFF")).pixels[0, :, 0].tolist() == pytest.approx([0, 64, 127, 255], abs=1)

    def test_float_tiff_up_to_255(self, encode, decode):
        """Floats beyond 1 are samples; what lies outside 0 to 255 is black or white, and what is no number is black."""
        image = Image.fromarray(np.array([[-5, 100, 255, 9e9, np.nan]], np.float32))
        assert decode(encode(image, "TIFF")).pixels[0, :, 0].tolist() == [0, 100, 255, 255, 0]


class TestColour:
    """Other colour models become RGB."""

    INKS = (
        ((255, 0, 0, 0), (255, 255, 0)),
        ((0, 255, 0, 0), (255, 0, 255)),
        ((0, 0, 255, 0), (0, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((0, 0, 0, 0), (255, 255, 255)),
    )

    @pytest.mark.parametrize(("ink", "bgr"), INKS)
    @pytest.mark.parametrize(("name", "options"), [("JPEG", {"quality": 100}), ("TIFF", {"compression": "tiff_lzw"})])
    def test_cmyk(self, encode, decode, flat, *, ink, bgr, name, options):
        """Full cyan takes the red away, magenta the green, yellow the blue, black all of them; no ink is paper."""
        decoded = decode(encode(flat("CMYK", ink), name, **options)).pixels.astype(int)
        assert np.abs(decoded - bgr).max() <= 2

    def test_palette(self, png, pixels):
        """A palette's index is its colour."""
        data = png((2, 1), 8, 3, [bytes([1, 0])], {b"PLTE": bytes([1, 2, 3, 10, 20, 30])})
        assert pixels(data) == [[[30, 20, 10], [3, 2, 1]]]

    def test_ycbcr_tiff(self, encode, decode, flat):
        """Luma without chroma is grey."""
        decoded = decode(encode(flat("YCbCr", (200, 128, 128)), "TIFF")).pixels.astype(int)
        assert np.abs(decoded - 200).max() <= 2

    def test_rgb_jpeg(self, scene, encode, decode, seen_by_pillow):
        """A JPEG that stores RGB without transform is not transformed."""
        data = encode(scene, "JPEG", quality=95, keep_rgb=True)
        assert np.array_equal(decode(data).pixels, seen_by_pillow(data))
