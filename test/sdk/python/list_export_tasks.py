# coding: utf-8
# The documentation's sample of ListExportTasks; only endpoint and keys are ours. The tasks are printed one a line.
import os

from huaweicloudsdkcdn.v2 import CdnClient, ListExportTasksRequest
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions import exceptions

if __name__ == "__main__":
    ak = os.environ["CLOUD_SDK_AK"]
    sk = os.environ["CLOUD_SDK_SK"]
    credentials = GlobalCredentials(ak, sk)
    client = CdnClient.new_builder() \
        .with_credentials(credentials) \
        .with_endpoint(os.environ["SAMPLE_ENDPOINT"]) \
        .build()
    try:
        request = ListExportTasksRequest()
        response = client.list_export_tasks(request)
        print(response.total)
        for task in response.data:
            print(task.task_id, task.task_name, task.status, task.download_link)
    except exceptions.ClientRequestException as e:
        print(e.status_code)
        print(e.request_id)
        print(e.error_code)
        print(e.error_msg)
