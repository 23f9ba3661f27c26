#!/bin/sh
# Takes out of an installed environment what no service loads, whichever packages are in it; writes the bytecode; and makes
# all of it readable by everybody. Licences stay. Usage: finish_venv.sh SITE_PACKAGES
set -eu
cd "$1"

# Test suites, type stubs, static libraries and Cython declarations, bills of material.
find . -type d -name tests -prune -exec rm -rf {} +
find . -type d -name sboms -path '*.dist-info/*' -prune -exec rm -rf {} +
find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.a' \) -delete

# Swagger UI in other forms than the one that the page /docs loads.
(cd flask_swagger_ui/dist && rm -f swagger-ui.js swagger-ui-standalone-preset.js oauth2-redirect.*)

# Bytecode is written once, here: a read-only root could never save it, and would compile on every cold start.
# Unchecked: valid whatever happens to the sources' timestamps between here and the machine that unpacks the layer.
python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -x 'load_config_py2' .

# Readable by the unknown user whom the platform picks, with whatever umask the build runs.
chmod -R a+rX,go-w .
