package com.huaweicloud.sdk.cdn.v2.model;

import com.huaweicloud.sdk.core.SdkResponse;

public class CreateExportTaskResponse extends SdkResponse {

    @Override
    public String toString() {
        return "class CreateExportTaskResponse {\n}";
    }
}
