package com.huaweicloud.sdk.cdn.v2;

import com.huaweicloud.sdk.cdn.v2.model.CreateExportTaskRequest;
import com.huaweicloud.sdk.cdn.v2.model.CreateExportTaskResponse;
import com.huaweicloud.sdk.cdn.v2.model.ExportTaskVo;
import com.huaweicloud.sdk.cdn.v2.model.ListExportTasksRequest;
import com.huaweicloud.sdk.cdn.v2.model.ListExportTasksResponse;
import com.huaweicloud.sdk.core.http.FieldExistence;
import com.huaweicloud.sdk.core.http.HttpMethod;
import com.huaweicloud.sdk.core.http.HttpRequestDef;
import com.huaweicloud.sdk.core.http.LocationType;

/** The two operations as the wire contract has them, told to the official core. */
final class Operations {

    private static final String URI = "/v1/cdn/statistics/export-tasks";

    /** Up to 3.1.210 a list has to name a task. */
    private static final FieldExistence OF_TASK = Boolean.getBoolean("samples.taskIsMandatory")
        ? FieldExistence.NON_NULL_NON_EMPTY
        : FieldExistence.NULL_IGNORE;

    static final HttpRequestDef<CreateExportTaskRequest, CreateExportTaskResponse> CREATE = create();

    static final HttpRequestDef<ListExportTasksRequest, ListExportTasksResponse> LIST = list();

    private static HttpRequestDef<CreateExportTaskRequest, CreateExportTaskResponse> create() {
        return HttpRequestDef.builder(HttpMethod.POST, CreateExportTaskRequest.class, CreateExportTaskResponse.class)
            .withName("CreateExportTask")
            .withUri(URI)
            .withContentType("application/json")
            .withRequestField("body", LocationType.Body, FieldExistence.NULL_IGNORE, ExportTaskVo.class,
                field -> field.withMarshaller(CreateExportTaskRequest::getBody, CreateExportTaskRequest::withBody))
            .build();
    }

    private static HttpRequestDef<ListExportTasksRequest, ListExportTasksResponse> list() {
        return HttpRequestDef.builder(HttpMethod.GET, ListExportTasksRequest.class, ListExportTasksResponse.class)
            .withName("ListExportTasks")
            .withUri(URI)
            .withContentType("application/json")
            .withRequestField("limit", LocationType.Query, FieldExistence.NULL_IGNORE, Integer.class,
                field -> field.withMarshaller(ListExportTasksRequest::getLimit, ListExportTasksRequest::withLimit))
            .withRequestField("offset", LocationType.Query, FieldExistence.NULL_IGNORE, Integer.class,
                field -> field.withMarshaller(ListExportTasksRequest::getOffset, ListExportTasksRequest::withOffset))
            .withRequestField("task_id", LocationType.Query, OF_TASK, String.class,
                field -> field.withMarshaller(ListExportTasksRequest::getTaskId, ListExportTasksRequest::withTaskId))
            .withRequestField("task_name", LocationType.Query, OF_TASK, String.class,
                field -> field.withMarshaller(ListExportTasksRequest::getTaskName, ListExportTasksRequest::withTaskName))
            .build();
    }

    private Operations() {
    }
}
