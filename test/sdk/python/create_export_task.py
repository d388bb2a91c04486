# coding: utf-8
# The documentation's sample of CreateExportTask; only endpoint and keys are ours.
import os

from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcdn.v2 import *

if __name__ == "__main__":
    ak = os.environ["CLOUD_SDK_AK"]
    sk = os.environ["CLOUD_SDK_SK"]

    credentials = GlobalCredentials(ak, sk)

    client = CdnClient.new_builder() \
        .with_credentials(credentials) \
        .with_endpoint(os.environ["SAMPLE_ENDPOINT"]) \
        .build()

    try:
        request = CreateExportTaskRequest()
        request.body = ExportTaskVo(
        )
        response = client.create_export_task(request)
        print(response)
    except exceptions.ClientRequestException as e:
        print(e.status_code)
        print(e.request_id)
        print(e.error_code)
        print(e.error_msg)
