"""Fails the image build when the pruned environment no longer does what the service needs of it.

Every library is made to work, not only imported: OpenVINO finds its plugins and model readers when it is asked for one.
"""
# ruff: noqa: INP001, T201 - a script that a build runs and whose log a person reads

import importlib
import sys

import cv2
import numpy as np
import onnxruntime
import openvino
from PIL import features

# An ONNX model of one node, y = Relu(x), with x of shape float32[1, 4]. Written out, so that the check needs no weights
# and no package that writes models.
RELU = bytes.fromhex(
    "08083a3b0a0c0a0178120179220452656c751201675a130a0178120e0a0c080112080a0208010a02080462130a0179120e0a0c0801"
    "12080a0208010a02080442040a00100d"
)
X = np.array([[-1.0, 2.0, -3.0, 4.0]], dtype=np.float32)
Y = np.maximum(X, 0.0)


def expect(works: object, what: str) -> None:
    """Stop the build unless it *works*."""
    if not works:
        sys.exit(f"the pruned environment is broken: {what}")


def check_openvino() -> None:
    """The CPU plugin, the reader of ONNX models, and the one of compiled models, which a compile cache needs."""
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(RELU), "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    expect(np.array_equal(compiled(X)[0], Y), "OpenVINO's inference")
    again = core.import_model(compiled.export_model(), "CPU")
    expect(np.array_equal(again(X)[0], Y), "OpenVINO's compiled models")


def check_onnxruntime() -> None:
    """A session on the CPU."""
    session = onnxruntime.InferenceSession(RELU, providers=["CPUExecutionProvider"])
    expect(np.array_equal(session.run(None, {"x": X})[0], Y), "ONNX Runtime's inference")


def check_opencv() -> None:
    """The image operations, the codecs, and the linear algebra that slim_opencv.sh has exchanged."""
    expect(cv2.typing.MatLike, "OpenCV's type aliases: annotations name them, and are evaluated")
    image = np.zeros((64, 64, 3), np.uint8)
    cv2.rectangle(image, (8, 8), (40, 40), (255, 255, 255), -1)
    contours, _ = cv2.findContours(image[:, :, 0], cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    expect(len(contours) == 1, "OpenCV's contours")
    expect(cv2.warpPerspective(image, np.eye(3), (32, 32)).shape == (32, 32, 3), "OpenCV's perspective")
    for suffix in (".png", ".jpg", ".webp", ".tiff", ".bmp"):
        encoded = cv2.imencode(suffix, image)[1]
        expect(cv2.imdecode(encoded, cv2.IMREAD_COLOR).shape == image.shape, f"OpenCV's codec of {suffix}")
    # Large enough that OpenCV leaves the work to LAPACK and BLAS.
    square = np.random.default_rng(0).random((256, 256)) + np.eye(256) * 256
    product = cv2.gemm(square, square, 1.0, None, 0.0)
    expect(np.allclose(product, square @ square), "OpenCV's matrix product")
    for method in (cv2.DECOMP_LU, cv2.DECOMP_QR, cv2.DECOMP_SVD):
        solved, solution = cv2.solve(square, product, flags=method)
        expect(solved and np.allclose(solution, square), f"OpenCV's solver {method}")


def check_pillow() -> None:
    """The codecs."""
    missing = {"jpg", "jpg_2000", "zlib", "libtiff", "webp", "freetype2"} - set(features.get_supported())
    expect(not missing, f"Pillow lacks {missing}")


def main() -> None:
    """Run every check; the first that fails ends the build."""
    for name in ("flask", "gunicorn.app.wsgiapp", "prometheus_client"):
        importlib.import_module(name)
    for check in (check_openvino, check_onnxruntime, check_opencv, check_pillow):
        check()
        print("ok", check.__name__.removeprefix("check_"))


if __name__ == "__main__":
    main()
