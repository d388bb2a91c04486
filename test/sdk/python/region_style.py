# coding: utf-8
# Both samples as the documentation has them for a region, without a word about an endpoint: the SDK takes it, and the
# account look-up's, from its own environment variables.
import os

from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcdn.v2.region.cdn_region import CdnRegion
from huaweicloudsdkcdn.v2 import *

if __name__ == "__main__":
    ak = os.environ["CLOUD_SDK_AK"]
    sk = os.environ["CLOUD_SDK_SK"]

    credentials = GlobalCredentials(ak, sk)

    client = CdnClient.new_builder() \
        .with_credentials(credentials) \
        .with_region(CdnRegion.value_of("cn-north-1")) \
        .build()

    request = CreateExportTaskRequest()
    request.body = ExportTaskVo(
    )
    client.create_export_task(request)
    print(client.list_export_tasks(ListExportTasksRequest(limit=1)))
