// Sends the calls of SAMPLE_CALLS, and prints for each what came back or was raised.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.huaweicloud.sdk.cdn.v2.CdnClient;
import com.huaweicloud.sdk.cdn.v2.model.CreateExportTaskRequest;
import com.huaweicloud.sdk.cdn.v2.model.ExportTaskVo;
import com.huaweicloud.sdk.cdn.v2.model.ListExportTasksRequest;
import com.huaweicloud.sdk.core.auth.GlobalCredentials;
import com.huaweicloud.sdk.core.exception.SdkException;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

public class Calls {

    private static final ObjectMapper JSON = new ObjectMapper()
        .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);

    public static void main(String[] args) throws Exception {
        CdnClient client = CdnClient.newBuilder()
            .withCredential(new GlobalCredentials()
                .withAk(System.getenv("CLOUD_SDK_AK"))
                .withSk(System.getenv("CLOUD_SDK_SK")))
            .withEndpoints(Collections.singletonList(System.getenv("SAMPLE_ENDPOINT")))
            .build();
        for (JsonNode call : JSON.readTree(System.getenv("SAMPLE_CALLS"))) {
            System.out.println(JSON.writeValueAsString(outcomeOf(client, call)));
        }
    }

    private static Map<String, Object> outcomeOf(CdnClient client, JsonNode call) {
        try {
            return Collections.singletonMap("response", send(client, call));
        } catch (ServiceResponseException e) {
            Map<String, Object> raised = new LinkedHashMap<>();
            raised.put("type", e.getClass().getSimpleName());
            raised.put("status", e.getHttpStatusCode());
            raised.put("request_id", e.getRequestId());
            raised.put("code", e.getErrorCode());
            raised.put("message", e.getErrorMsg());
            return Collections.singletonMap("raised", raised);
        } catch (SdkException e) {
            Map<String, Object> refused = new LinkedHashMap<>();
            refused.put("type", e.getClass().getSimpleName());
            refused.put("message", e.getMessage());
            return Collections.singletonMap("raised", refused);
        }
    }

    private static Object send(CdnClient client, JsonNode call) {
        if (call.get("operation").asText().equals("create")) {
            CreateExportTaskRequest request = new CreateExportTaskRequest();
            if (!call.get("body").isNull()) {
                request.withBody(JSON.convertValue(call.get("body"), ExportTaskVo.class));
            }
            return JSON.convertValue(client.createExportTask(request), Map.class);
        }
        ListExportTasksRequest query = JSON.convertValue(call.get("query"), ListExportTasksRequest.class);
        return JSON.convertValue(client.listExportTasks(query), Map.class);
    }
}
