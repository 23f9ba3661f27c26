"""A set's figures as ``bench limit`` has them."""

from dataclasses import replace

from bench.limit.result import ModelsRun, SetTurn
from bench.load.whole_passes import ServiceRun

RUN = ServiceRun(
    clients=1,
    requests=10,
    failed=0,
    images_per_s=5.0,
    latency_s=0.2,
    function_s=0.19,
    stages={"detect": 0.1, "recognise": 0.08},
    cpu_s=0.3,
    generator_cpu_s=0.002,
    others_cores=0.25,
)
TURN = SetTurn(
    name="pages",
    images=10,
    lines=12.4,
    one=RUN,
    many=replace(RUN, clients=4, images_per_s=9.0, latency_s=0.4, function_s=0.38),
    models=(ModelsRun("as the service has them", 9.5, 0.28), ModelsRun("a stream a processor", 10.0, 0.27)),
    models_latency_s=0.17,
    steps={"decode": 0.03, "detector: model": 0.09, "recogniser: model": 0.18},
)
