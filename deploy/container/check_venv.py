"""Fails the image build when the pruned environment no longer does what the service needs of it.

Every library is made to work, not only imported: OpenVINO finds its plugins and model readers when it is asked for one.
Where OCR_ENGINE is paddle, so must PaddlePaddle and PaddleOCR, and their import may not bring another OpenCV.
"""
# ruff: noqa: INP001, T201 - a script that a build runs and whose log a person reads

import importlib.util
import os
import sys
import tempfile
import warnings
from pathlib import Path

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

_IMPORTED = (
    "flask",
    "gunicorn.app.wsgiapp",
    "msgspec",
    "prometheus_client",
    "pypdfium2",
    "awslambdaric.bootstrap",
    "runtime_client",
    "grpc",
    "grpc_health.v1.health_pb2",
    "grpc_reflection.v1alpha.reflection",
)
"""What is there if it can be imported: some of it loads a library of machine code."""


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
    libraries = Path("/proc/self/maps").read_text(encoding="utf-8")
    expect("opencv_python_headless.libs" in libraries and "libGL" not in libraries, "OpenCV is not the headless build")
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


def check_swagger_ui() -> None:
    """The files of the page /docs, whose package is never imported."""
    package = importlib.util.find_spec("flask_swagger_ui")
    expect(package and package.origin, "Swagger UI is not there")
    dist = Path(package.origin).parent / "dist"
    for name in ("index.css", "swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"):
        expect((dist / name).is_file(), f"Swagger UI lacks {name}")


def check_opentelemetry() -> None:
    """A span as the exporter of traces encodes it, which is loaded only where there is a collector."""
    import opentelemetry.exporter.otlp.proto.http.trace_exporter as http  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    exporter = http.OTLPSpanExporter("http://127.0.0.1:9/v1/traces")
    provider = TracerProvider(resource=Resource.create({"service.name": "checked"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    span = provider.get_tracer("check").start_span("checked")
    span.set_attribute("works", value=True)
    expect(b"checked" in http.encode_spans([span]).SerializeToString(), "OpenTelemetry's spans")


def check_paddle() -> None:
    """A predictor with oneDNN, as the service uses them, and PaddleOCR's models for text."""
    with tempfile.TemporaryDirectory() as home, warnings.catch_warnings():
        # Its imports make folders in the home folder, and warn of compilers that nobody needs here.
        warnings.simplefilter("ignore")
        os.environ.update(HOME=home, PADDLE_PDX_CACHE_HOME=home, PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK="True")
        import paddle  # noqa: PLC0415 - not in every environment
        from paddleocr import TextDetection, TextRecognition  # noqa: PLC0415
        from paddlex.utils.deps import is_extra_available  # noqa: PLC0415

        expect(
            TextDetection and TextRecognition and is_extra_available("ocr-core"), "PaddleX lacks what it needs for OCR"
        )
        layers = (paddle.nn.Conv2D(3, 8, 3), paddle.nn.ReLU(), paddle.nn.Flatten(), paddle.nn.Linear(8 * 30 * 30, 4))
        model = paddle.nn.Sequential(*layers)
        picture = np.random.default_rng(0).random((1, 3, 32, 32), np.float32)
        expected = model(paddle.to_tensor(picture)).numpy()
        paddle.jit.save(model, f"{home}/model", [paddle.static.InputSpec([1, 3, 32, 32], "float32")])
        config = paddle.inference.Config(f"{home}/model.json", f"{home}/model.pdiparams")
        config.disable_glog_info()
        config.enable_mkldnn()
        (answer,) = paddle.inference.create_predictor(config).run([paddle.to_tensor(picture)])
        expect(np.allclose(answer.numpy(), expected, atol=1e-4), "Paddle's inference")


def main() -> None:
    """Run every check; the first that fails ends the build."""
    paddle = [check_paddle] if os.environ.get("OCR_ENGINE") == "paddle" else []
    for name in _IMPORTED:
        importlib.import_module(name)
    light = (check_opencv, check_pillow, check_swagger_ui, check_opentelemetry)
    for check in (check_openvino, check_onnxruntime, *paddle, *light):
        check()
        print("ok", check.__name__.removeprefix("check_"))


if __name__ == "__main__":
    main()
