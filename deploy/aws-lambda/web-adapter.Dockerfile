# The service's image with AWS's Lambda Web Adapter, which a Lambda image must bring along; elsewhere it is never started.
ARG IMAGE=ppocr-service:slim
FROM public.ecr.aws/awsguru/aws-lambda-adapter:1.1.0 AS adapter

FROM ${IMAGE}
COPY --from=adapter /lambda-adapter /opt/extensions/lambda-adapter
