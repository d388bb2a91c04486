package com.huaweicloud.sdk.cdn.v2.model;

public class CreateExportTaskRequest {

    private ExportTaskVo body;

    public CreateExportTaskRequest withBody(ExportTaskVo body) {
        this.body = body;
        return this;
    }

    public ExportTaskVo getBody() {
        return body;
    }
}
