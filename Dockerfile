# The service as one image: Python, the CPU engines, the default weights, the code. No paddle, no pip, no compiler.
#
#   docker build -t pp-ocr .            (or: buildah bud -t pp-ocr .)
#
# Behind a package mirror, hand the build your pip configuration and CA bundle. They exist only while a step runs and are
# never part of a layer; in the configuration, `cert` names /run/secrets/ca_bundle:
#
#   docker build --secret id=pip_conf,src=pip.conf --secret id=ca_bundle,src=ca.crt -t pp-ocr .

# Any Debian with a python3 for which the wheels in requirements.txt exist.
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


# pip, for the two stages below; it stays behind in them.
FROM python AS installer
RUN apt-get update && apt-get install --yes --no-install-recommends binutils python3-venv \
    && python3 -m venv /opt/installer


# The dependencies, a layer of their own: it is rebuilt when requirements.txt changes, not when the code does.
FROM installer AS dependencies
# pip installs into another environment than its own, which therefore never holds pip or setuptools.
RUN python3 -m venv --without-pip /opt/venv
COPY requirements.txt /src/
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle \
    /opt/installer/bin/pip --python /opt/venv/bin/python3 --no-cache-dir --disable-pip-version-check \
        install --only-binary :all: --no-compile -r /src/requirements.txt

COPY deploy/container/slim_opencv.sh /src/
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
    && rm -rf openvino/libs/libopenvino_c.so* openvino/libs/libtbbmalloc_proxy.so* openvino/libs/tbb.pc \
        openvino/include openvino/cmake openvino/tools openvino/torch \
        openvino/frontend/paddle openvino/frontend/pytorch openvino/frontend/tensorflow openvino/frontend/jax \
        openvino_telemetry openvino_telemetry-*.dist-info \
    # ONNX Runtime: model conversion and quantization, and a second copy of the library for C programs. The Python module
    # has the library linked in.
    && rm -rf onnxruntime/tools onnxruntime/transformers onnxruntime/quantization onnxruntime/datasets \
        onnxruntime/backend onnxruntime/capi/libonnxruntime.so* \
    # OpenCV: the face detection cascades.
    && rm -rf cv2/data \
    # NumPy: the Fortran wrapper generator, the build system, headers, and the modules that only its own tests load.
    && rm -rf numpy/f2py numpy/distutils numpy/_core/include numpy/_core/_simd.*.so numpy/_core/_*_tests.*.so \
    # Everywhere: test suites, type stubs, static libraries and Cython declarations, bills of material. Licences stay.
    && find . -type d -name tests -prune -exec rm -rf {} + \
    && find . -type d -name sboms -path '*.dist-info/*' -prune -exec rm -rf {} + \
    && find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.a' \) -delete \
    # Bytecode is written once, here: a read-only root could never save it, and would compile on every cold start.
    # Unchecked: valid whatever happens to the sources' timestamps between here and the machine that unpacks the layer.
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -x 'load_config_py2' . \
    # Readable by the unknown user whom the platform picks, with whatever umask the build runs.
    && chmod -R a+rX,go-w /opt/venv


# The weights, a layer of their own too. Only the modules that fetch them are copied, so that they are not fetched again
# with every change of the code.
FROM installer AS weights
ARG OCR_BAKE_MODELS="pp-ocrv6-small pp-ocrv6-tiny"
WORKDIR /src
COPY app/errors.py app/settings.py app/
COPY app/weights app/weights
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle \
    # The installer's Python, because the store downloads with pip.
    OCR_WEIGHTS_DIR=/opt/ocr/weights /opt/installer/bin/python3 -B -m app.weights fetch ${OCR_BAKE_MODELS} \
    && rm -f /opt/ocr/weights/.lock \
    && chmod -R a+rX,go-w /opt/ocr/weights


# The environment and the code in their places, and proven to work without anything that only the build had.
FROM python AS assembled
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY --from=dependencies /opt/venv /opt/venv
COPY deploy/container/check_venv.py /src/
RUN python3 -W error -B /src/check_venv.py
WORKDIR /opt/ocr
COPY wsgi.py gunicorn.conf.py LICENSE* ./
COPY app app
# Checked, unlike the dependencies' bytecode: hashing these few files costs nothing, and a file patched in a running
# container takes effect. Whoever checked the code out with a strict umask must not ship files that only root can read.
RUN python3 -m compileall -q --invalidation-mode checked-hash . \
    && chmod -R a+rX,go-w .


FROM python AS slim
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
# From what changes seldom to what changes often. Root owns all of it, everybody may read it, nobody needs to write it.
COPY --from=assembled /opt/venv /opt/venv
COPY --from=weights /opt/ocr/weights /opt/ocr/weights
COPY --from=assembled /opt/ocr /opt/ocr
WORKDIR /opt/ocr
# A number without an account: platforms replace it with one of their own, so nothing may depend on it.
USER 10001:10001
EXPOSE 9000
# gunicorn itself is process 1 and takes the platform's SIGTERM.
CMD ["gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
