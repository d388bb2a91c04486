# coding: utf-8
# Sends the calls of SAMPLE_CALLS, and prints for each what came back or was raised.
import json
import os

from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcdn import v1
from huaweicloudsdkcdn.v2 import *

class Workbook:
    def __init__(self, content):
        self.content = content

    def to_dict(self):
        return {"begins": self.content[:2].decode(), "is_long": len(self.content) > 1000}


def with_body(request, body):
    types = getattr(type(request), "openapi_types", None) or type(request)._types
    request.body = globals()[types["body"]](**body)
    return request


def built(builder):
    return builder \
        .with_credentials(GlobalCredentials(os.environ["CLOUD_SDK_AK"], os.environ["CLOUD_SDK_SK"])) \
        .with_endpoint(os.environ["SAMPLE_ENDPOINT"]) \
        .build()


client = built(CdnClient.new_builder())


def response_of(call):
    if call["operation"] == "create":
        request = CreateExportTaskRequest()
        if call["body"] is not None:
            request.body = ExportTaskVo(**call["body"])
        return client.create_export_task(request)
    if call["operation"] == "statistics":
        query = dict(call["query"])
        body = query.pop("body", None)
        request = globals()[call["request"]](**query)
        if body is not None:
            request = with_body(request, body)
        answer = getattr(client, call["method"])(request)
        return Workbook(answer.raw_content) if call["method"].startswith("download_") else answer
    if call["operation"] == "older":
        request = getattr(v1, call["request"])(**call["query"])
        return getattr(built(v1.CdnClient.new_builder()), call["method"])(request)
    return client.list_export_tasks(ListExportTasksRequest(**call["query"]))


for call in json.loads(os.environ["SAMPLE_CALLS"]):
    try:
        outcome = {"response": response_of(call).to_dict()}
    except exceptions.ServiceResponseException as e:
        outcome = {"raised": {
            "type": type(e).__name__,
            "status": e.status_code,
            "request_id": e.request_id,
            "code": e.error_code,
            "message": e.error_msg,
        }}
    print(json.dumps(outcome))
