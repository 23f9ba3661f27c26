"""KServe v2 without a transport: from tensors to images, and from results to tensors."""

import json

import pytest

from app.errors import (
    BrokenImageError,
    InvalidMembersError,
    InvalidOptionError,
    MalformedRequestError,
    TooManyImagesError,
    UnknownModelError,
)
from app.pipeline.result import ImageResult, Line, OcrResult, Page, StageTimings
from app.protocols.dialect import Answered
from app.protocols.kserve_v2 import InferRequest, Tensor, decode_inference, encode_inference, serialized
from app.protocols.native_json import image_document
from app.protocols.paddlex import PADDLEX
from app.protocols.request import RequestLimits
from app.protocols.wire import WireRequest
from tests.options import page_options

LIMITS = RequestLimits(max_images=3, default_options=page_options(min_score=0.25))
ANSWERED = Answered("abc", "tiny")
LINE = Line("Total: 31.50", 0.98765, ((10, 4), (50, 14), (46, 30), (6, 20)))
READ = ImageResult((Page(0, 80, 60, 0, (LINE,)),))
BROKEN = ImageResult(error=BrokenImageError("the PNG data is damaged"))


def images(*data, shape=None, name="image", datatype="BYTES"):
    """A tensor of files."""
    return Tensor(name, datatype, (len(data),) if shape is None else shape, data)


def asked(*inputs, model="ocr", **more):
    """A request of these tensors."""
    return InferRequest(model, inputs, **more)


def decode(*inputs, **more):
    """Decode a request of these tensors."""
    return decode_inference(asked(*inputs, **more), LIMITS)


def encode(*results, form=None, **more):
    """The tensors of an answer by their names, for a request that asked for *more*."""
    form = form or decode(images(*[b"x"] * len(results), **more)).form
    answer = encode_inference(OcrResult(results, StageTimings(), 0.5), form, ANSWERED)
    return {tensor.name: tensor for tensor in answer.outputs}


class TestImages:
    """Where the images of a request are."""

    def test_an_element_is_an_image(self):
        """Files come out in their order, whether a tensor is flat or a batch of ones; the answer has its shape."""
        for shape in ((2,), (2, 1)):
            request = decode(images(b"one", b"two", shape=shape))
            assert (request.images, request.form.shape) == ((b"one", b"two"), shape)
            assert request.options == LIMITS.default_options

    def test_elements_may_be_serialised(self):
        """Triton's binary form is taken apart: what was put together comes out, whatever bytes there are in it."""
        files = (b"\x01\x00\x00\x00", bytes(range(256)), b"x")
        assert decode(Tensor("image", "BYTES", (3,), serialized(files))).images == files
        assert serialized((b"ab", b"")) == b"\x02\x00\x00\x00ab\x00\x00\x00\x00"

    @pytest.mark.parametrize(
        ("data", "detail"),
        [
            (b"", "the bytes of image end within element 0 of 2"),
            (b"\x01\x00", "the bytes of image end within element 0 of 2"),
            (b"\x01\x00\x00\x00a\x02\x00\x00\x00b", "the bytes of image end within element 1 of 2"),
            (b"\xff\xff\xff\xff" + b"a" * 90, "the bytes of image end within element 0 of 2"),
            (serialized((b"a", b"b", b"cd")), "6 bytes of image are behind the last of 2 elements"),
        ],
    )
    def test_bytes_that_are_not_what_the_shape_says(self, data, detail):
        """Too few or too many bytes, or lengths that lie, are an error that says where."""
        with pytest.raises(MalformedRequestError, match=detail):
            decode(Tensor("image", "BYTES", (2,), data))

    def test_one_bad_element_is_its_own_error(self):
        """What is empty, or could not be unpacked, takes only its own place."""
        bad = MalformedRequestError("no base64")
        first, second, third = decode(images(b"one", b"", bad)).images
        assert (first, third) == (b"one", bad)
        assert isinstance(second, MalformedRequestError)

    @pytest.mark.parametrize(
        ("tensor", "detail"),
        [
            (images(b"x", datatype="UINT8"), "image is of datatype 'UINT8', not BYTES"),
            (images(shape=(0,)), r"image is not of shape \[N\]"),
            (images(b"x", shape=()), r"image is not of shape \[N\]"),
            (images(b"x", b"y", shape=(1, 2)), r"image is not of shape \[N\]"),
            (images(b"x", shape=(1, 1, 1)), r"image is not of shape \[N\]"),
            (images(b"x", shape=(-1,)), r"image is not of shape \[N\]"),
            (images(b"x", shape=(2,)), "image has 1 elements, its shape says 2"),
            (images(b"x", name="pixels"), "no input 'pixels'; it takes image or input"),
            (images(b"x", name="x" * 999), f"'{'x' * 64}'"),
        ],
    )
    def test_other_tensors_are_refused(self, tensor, detail):
        """A datatype, a shape or a name that the model has not is an error that names it, shortened."""
        with pytest.raises(MalformedRequestError, match=detail):
            decode(tensor)

    def test_more_images_than_allowed(self):
        """The limit holds before an element is looked at."""
        with pytest.raises(TooManyImagesError, match="4000000000 images > 3 allowed"):
            decode(Tensor("image", "BYTES", (4_000_000_000,), b""))

    @pytest.mark.parametrize("inputs", [(), (images(b"x"), images(b"y"))])
    def test_there_is_one_input(self, inputs):
        """None, or one twice, is refused."""
        with pytest.raises(MalformedRequestError, match="the model takes one, image or input"):
            decode(*inputs)


class TestAsking:
    """What else a request says."""

    def test_options_are_parameters(self):
        """By their native names, as JSON has them or as text."""
        for words in (True, "on"):
            options = decode(images(b"x"), parameters={"min_score": "0.5", "det_max_side": 960, "words": words}).options
            assert (options.min_score, options.detection.max_side, options.words) == (0.5, 960, True)

    @pytest.mark.parametrize("parameters", [{"timeout": 7}, {"min_score": 2}, {"words": "perhaps"}])
    def test_what_cannot_be_honoured_is_refused(self, parameters):
        """An unknown parameter, or a value out of range, is no option."""
        with pytest.raises(InvalidOptionError):
            decode(images(b"x"), parameters=parameters)

    @pytest.mark.parametrize(
        ("model", "version", "detail"),
        [
            ("resnet", "", "Request for unknown model: 'resnet' is not found"),
            ("x" * 999, "", f"'{'x' * 64}' is not found"),
            ("ocr", "2", "Request for unknown model: 'ocr' has no version '2'"),
        ],
    )
    def test_another_model(self, model, version, detail):
        """There is one model, in one version, which need not be named."""
        with pytest.raises(UnknownModelError, match=detail):
            decode(images(b"x"), model=model, version=version)
        assert decode(images(b"x"), version="1").images == decode(images(b"x"), version="").images

    def test_outputs_are_all_or_those_that_are_wanted(self):
        """In the order in which they are asked for."""
        assert decode(images(b"x")).form.outputs == ("text", "result")
        assert decode(images(b"x"), outputs=("result", "text")).form.outputs == ("result", "text")

    def test_outputs_that_come_of_another_input_are_left_out(self):
        """Triton's tools want whatever the model has: they get what their input gives."""
        assert decode(images(b"x"), outputs=("output", "text", "result")).form.outputs == ("text", "result")

    @pytest.mark.parametrize(
        ("outputs", "detail"),
        [
            (("boxes",), "the model has no output 'boxes'"),
            (("text", "text"), "an output is asked for twice"),
            (("output",), "no output that is wanted comes of image; what does is text and result"),
        ],
    )
    def test_outputs_that_are_not_given(self, outputs, detail):
        """An output that there is not, or one asked for twice, is an error."""
        with pytest.raises(MalformedRequestError, match=detail):
            decode(images(b"x"), outputs=outputs)


class TestAnswer:
    """What a client gets."""

    def test_an_element_an_image(self):
        """The text as it was read, and the native document of the image."""
        tensors = encode(READ, READ)
        assert tensors["text"].elements == (b"Total: 31.50",) * 2
        documents = [json.loads(data) for data in tensors["result"].elements]
        assert documents == [json.loads(json.dumps(image_document(READ)))] * 2
        assert {(tensor.datatype, tensor.shape) for tensor in tensors.values()} == {("BYTES", (2,))}

    def test_it_repeats_what_it_is_the_answer_to(self):
        """The model, its version, and the client's id."""
        request = decode(images(b"x", shape=(1, 1)), id="seven", outputs=("text",))
        answer = encode_inference(OcrResult((READ,), StageTimings(), 0.5), request.form, ANSWERED)
        assert (answer.model, answer.version, answer.id) == ("ocr", "1", "seven")
        assert [(tensor.name, tensor.shape) for tensor in answer.outputs] == [("text", (1, 1))]

    def test_one_bad_image_is_that_places_error(self):
        """A batch keeps its order: empty text, and the error with its code in the place of the document."""
        tensors = encode(READ, BROKEN)
        assert tensors["text"].elements == (b"Total: 31.50", b"")
        error = json.loads(tensors["result"].elements[1])
        assert error == {"error": {"code": "broken_image", "detail": "the PNG data is damaged"}}

    def test_where_no_image_can_be_read_the_request_fails(self):
        """Failure is not returned as success."""
        with pytest.raises(BrokenImageError, match="the PNG data is damaged"):
            encode(BROKEN, BROKEN)


class TestPaddlex:
    """Requests of clients of PaddleX's own Triton servers."""

    def request(self, document, shape=(1, 1), **more):
        """A request in the tensor ``input``."""
        return Tensor("input", "BYTES", shape, serialized((json.dumps(document).encode(),)), **more)

    @pytest.mark.parametrize("shape", [(1,), (1, 1)])
    def test_the_json_is_a_request_of_paddlex(self, shape):
        """It asks for what it would ask PaddleX serving for, and is answered word for word the same."""
        document = {"file": "b25l", "fileType": 1, "logId": "mine", "returnWordBox": True, "visualize": False}
        wire = WireRequest("application/json", {}, json.dumps(document).encode())
        alike = PADDLEX.decode_request(wire, LIMITS)
        request = decode(self.request(document, shape))
        assert (request.images, request.options) == (alike.images, alike.options)
        result = OcrResult((READ,), StageTimings(), 0.5)
        (output,) = encode_inference(result, request.form, ANSWERED).outputs
        expected = PADDLEX.encode_response(result, alike.form, Answered("abc", "tiny", "mine")).body
        assert (output.name, output.shape) == ("output", shape)
        assert json.loads(output.elements[0]) == json.loads(expected)
        assert json.loads(output.elements[0])["logId"] == "mine"

    def test_it_has_outputs_of_its_own(self):
        """Those of ``image`` do not come of it, and what is wanted beside its own is left out."""
        document = {"file": "b25l", "fileType": 1}
        assert decode(self.request(document), outputs=("text", "output")).form.outputs == ("output",)
        with pytest.raises(MalformedRequestError, match="no output that is wanted comes of input; what does is output"):
            decode(self.request(document), outputs=("text",))

    @pytest.mark.parametrize(
        ("tensor", "error", "detail"),
        [
            (Tensor("input", "BYTES", (1,), (b"hello",)), MalformedRequestError, "not JSON"),
            (Tensor("input", "BYTES", (1,), (b"",)), MalformedRequestError, "not JSON"),
            (Tensor("input", "BYTES", (1,), (b"{}",)), InvalidMembersError, "file"),
            (Tensor("input", "BYTES", (2,), (b"{}", b"{}")), MalformedRequestError, r"not of shape \[1\] or \[1,1\]"),
            (Tensor("input", "UINT8", (1,), b"x"), MalformedRequestError, "not BYTES"),
            (
                Tensor("input", "BYTES", (1,), (MalformedRequestError("no text"),)),
                MalformedRequestError,
                "no text",
            ),
        ],
    )
    def test_what_is_no_request_of_paddlex(self, tensor, error, detail):
        """It is an error of the whole request."""
        with pytest.raises(error, match=detail):
            decode(tensor)

    def test_options_are_in_the_json(self):
        """Parameters beside it would be ignored, and are refused."""
        with pytest.raises(InvalidOptionError, match="members of its JSON, not parameters"):
            decode(self.request({"file": "b25l", "fileType": 1}), parameters={"words": True})

    def test_an_image_that_cannot_be_read_is_an_error(self):
        """As an inference that failed, not as an answer that says so."""
        request = decode(self.request({"file": "b25l", "fileType": 1}))
        with pytest.raises(BrokenImageError):
            encode_inference(OcrResult((BROKEN,), StageTimings(), 0.5), request.form, ANSWERED)
