"""The service with faults in it, for tests: ``gunicorn tests.faults.wsgi_faulty:app``."""

import tests.faults.faulty  # noqa: F401 - before the service is made
from wsgi import app  # noqa: F401 - what gunicorn serves, made now
