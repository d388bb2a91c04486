package com.huaweicloud.sdk.cdn.v2.model;

import com.fasterxml.jackson.annotation.JsonProperty;

public class ExportTask {

    @JsonProperty("task_id")
    public String taskId;

    @JsonProperty("task_name")
    public String taskName;

    @JsonProperty("status")
    public String status;

    @JsonProperty("download_link")
    public String downloadLink;

    @JsonProperty("create_time")
    public Long createTime;

    @JsonProperty("update_time")
    public Long updateTime;

    @Override
    public String toString() {
        return "class ExportTask {\n    taskId: " + taskId + "\n    taskName: " + taskName + "\n    status: " + status
            + "\n    downloadLink: " + downloadLink + "\n    createTime: " + createTime + "\n    updateTime: "
            + updateTime + "\n}";
    }
}
