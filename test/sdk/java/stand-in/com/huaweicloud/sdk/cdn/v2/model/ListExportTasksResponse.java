package com.huaweicloud.sdk.cdn.v2.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.huaweicloud.sdk.core.SdkResponse;

import java.util.List;

public class ListExportTasksResponse extends SdkResponse {

    @JsonProperty("total")
    public Integer total;

    @JsonProperty("data")
    public List<ExportTask> data;

    @Override
    public String toString() {
        return "class ListExportTasksResponse {\n    total: " + total + "\n    data: " + data + "\n}";
    }
}
