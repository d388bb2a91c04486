package com.huaweicloud.sdk.cdn.v2;

import com.huaweicloud.sdk.cdn.v2.model.CreateExportTaskRequest;
import com.huaweicloud.sdk.cdn.v2.model.CreateExportTaskResponse;
import com.huaweicloud.sdk.cdn.v2.model.ListExportTasksRequest;
import com.huaweicloud.sdk.cdn.v2.model.ListExportTasksResponse;
import com.huaweicloud.sdk.core.ClientBuilder;
import com.huaweicloud.sdk.core.HcClient;

/** Stands in for the client that the official core drives, where the repository has none with export tasks. */
public class CdnClient {

    private final HcClient hcClient;

    public CdnClient(HcClient hcClient) {
        this.hcClient = hcClient;
    }

    public static ClientBuilder<CdnClient> newBuilder() {
        return new ClientBuilder<>(CdnClient::new, "GlobalCredentials");
    }

    public CreateExportTaskResponse createExportTask(CreateExportTaskRequest request) {
        return hcClient.syncInvokeHttp(request, Operations.CREATE);
    }

    public ListExportTasksResponse listExportTasks(ListExportTasksRequest request) {
        return hcClient.syncInvokeHttp(request, Operations.LIST);
    }
}
