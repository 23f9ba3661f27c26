"""Events as AWS documents them, with values of our own; see app/faas/aws_events.py for the pages."""

import base64
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n"


def gateway_1(body: bytes = PNG, **changes: Any) -> dict[str, Any]:
    """What a REST API sends: payload format 1.0."""
    return {
        "resource": "/{proxy+}",
        "path": "/ocr",
        "httpMethod": "POST",
        "headers": {"Content-Type": "image/png", "X-API-Key": "last"},
        "multiValueHeaders": {"Content-Type": ["image/png"], "X-API-Key": ["a-key-of-sixteen-letters"]},
        "queryStringParameters": {"min_score": "0.5"},
        "multiValueQueryStringParameters": {"min_score": ["0.5"]},
        "pathParameters": {"proxy": "ocr"},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": "POST",
            "path": "/prod/ocr",
            "stage": "prod",
            "identity": {"sourceIp": "192.0.2.7"},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        **changes,
    }


def gateway_2(body: bytes = PNG, **changes: Any) -> dict[str, Any]:
    """What an HTTP API or a function URL sends: payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/ocr",
        "rawQueryString": "min_score=0.5",
        "cookies": ["a=1", "b=2"],
        "headers": {"content-type": "image/png", "x-api-key": "a-key-of-sixteen-letters"},
        "queryStringParameters": {"min_score": "0.5"},
        "requestContext": {
            "http": {"method": "POST", "path": "/ocr", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7"},
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        **changes,
    }


def alb(body: bytes = PNG, **changes: Any) -> dict[str, Any]:
    """What a load balancer sends, by default."""
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-north-1:1:targetgroup/t/1"}},
        "httpMethod": "POST",
        "path": "/ocr",
        "queryStringParameters": {"min_score": "0.5"},
        "headers": {
            "content-type": "image/png",
            "x-api-key": "a-key-of-sixteen-letters",
            "x-forwarded-for": "203.0.113.9, 192.0.2.7",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        **changes,
    }


def alb_many(body: bytes = PNG, **changes: Any) -> dict[str, Any]:
    """What a load balancer sends whose target group has multi-value headers on."""
    event = alb(body)
    event["multiValueHeaders"] = {name: [value] for name, value in event.pop("headers").items()}
    event["multiValueQueryStringParameters"] = {n: [v] for n, v in event.pop("queryStringParameters").items()}
    return event | changes


def s3(key: str = "in+box/a%2Bb.png", name: str = "ObjectCreated:Put", **changes: Any) -> dict[str, Any]:
    """What a bucket sends."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-north-1",
        "eventName": name,
        "s3": {"bucket": {"name": "scans"}, "object": {"key": key, "size": 1024}},
        **changes,
    }
    return {"Records": [record]}


def s3_by_bus(**changes: Any) -> dict[str, Any]:
    """What a bucket sends through EventBridge, where keys are as they are."""
    return {
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "region": "eu-north-1",
        "detail": {"bucket": {"name": "scans"}, "object": {"key": "in box/a+b.png", "size": 1024}},
        **changes,
    }


SCHEDULE = {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "resources": [], "detail": {}}
TEST_OF_BUCKET = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "scans"}
GATEWAYS = {"gateway-1": gateway_1, "gateway-2": gateway_2, "alb": alb, "alb-many": alb_many}
