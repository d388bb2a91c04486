// Both samples as the documentation has them for a region, without a word about an endpoint: the SDK takes it, and the
// account look-up's, from its own environment variables. Id and name are for versions up to 3.1.210.
import com.huaweicloud.sdk.core.auth.ICredential;
import com.huaweicloud.sdk.core.auth.GlobalCredentials;
import com.huaweicloud.sdk.cdn.v2.region.CdnRegion;
import com.huaweicloud.sdk.cdn.v2.*;
import com.huaweicloud.sdk.cdn.v2.model.*;

public class RegionStyle {

    public static void main(String[] args) {
        String ak = System.getenv("CLOUD_SDK_AK");
        String sk = System.getenv("CLOUD_SDK_SK");

        ICredential auth = new GlobalCredentials()
                .withAk(ak)
                .withSk(sk);

        CdnClient client = CdnClient.newBuilder()
                .withCredential(auth)
                .withRegion(CdnRegion.valueOf("cn-north-1"))
                .build();
        client.createExportTask(new CreateExportTaskRequest().withBody(new ExportTaskVo()));
        ListExportTasksRequest request = new ListExportTasksRequest();
        request.withTaskId("*").withTaskName("*").withLimit(1);
        System.out.println(client.listExportTasks(request).toString());
    }
}
