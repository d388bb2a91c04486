# coding: utf-8
# The samples as the documentation has them for a region, without a word about an endpoint: the SDK takes it, and the
# account look-up's, from its own environment variables.
import os

from huaweicloudsdkcdn.v2 import CdnClient, CreateExportTaskRequest, ExportTaskVo, ListExportTasksRequest
from huaweicloudsdkcdn.v2.region.cdn_region import CdnRegion
from huaweicloudsdkcore.auth.credentials import GlobalCredentials

if __name__ == "__main__":
    credentials = GlobalCredentials(os.environ["CLOUD_SDK_AK"], os.environ["CLOUD_SDK_SK"])
    client = CdnClient.new_builder() \
        .with_credentials(credentials) \
        .with_region(CdnRegion.value_of("cn-north-1")) \
        .build()
    request = CreateExportTaskRequest()
    request.body = ExportTaskVo(
        action="reports_detail", domain_name="all", start_time=1788192000000, end_time=1788278400000,
        group_by="domain", interval=300, service_area="global", stat_type="flux", language="en",
    )
    print(client.create_export_task(request).status_code)
    print(client.list_export_tasks(ListExportTasksRequest(limit=1)).total)
