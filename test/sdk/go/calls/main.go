// Sends the calls of SAMPLE_CALLS, and prints for each what came back or was raised.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	cdn "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v2/model"
)

type call struct {
	Operation string              `json:"operation"`
	Body      *model.ExportTaskVo `json:"body"`
	// Unmarshalled as the request, whose id and name are strings in one version and pointers in another.
	Query model.ListExportTasksRequest `json:"query"`
}

func main() {
	auth, err := global.NewCredentialsBuilder().
		WithAk(os.Getenv("CLOUD_SDK_AK")).
		WithSk(os.Getenv("CLOUD_SDK_SK")).
		SafeBuild()
	must(err)
	hcClient, err := cdn.CdnClientBuilder().
		WithEndpoints([]string{os.Getenv("SAMPLE_ENDPOINT")}).
		WithCredential(auth).
		SafeBuild()
	must(err)
	client := cdn.NewCdnClient(hcClient)

	var calls []call
	must(json.Unmarshal([]byte(os.Getenv("SAMPLE_CALLS")), &calls))
	for _, one := range calls {
		response, err := send(client, one)
		outcome := map[string]interface{}{"response": response}
		if err != nil {
			outcome = map[string]interface{}{"raised": raised(err)}
		}
		line, err := json.Marshal(outcome)
		must(err)
		fmt.Println(string(line))
	}
}

func send(client *cdn.CdnClient, one call) (interface{}, error) {
	if one.Operation == "create" {
		return client.CreateExportTask(&model.CreateExportTaskRequest{Body: one.Body})
	}
	return client.ListExportTasks(&one.Query)
}

// raised panics for any other type of error.
func raised(err error) map[string]interface{} {
	refused := err.(*sdkerr.ServiceResponseError)
	return map[string]interface{}{
		"type":       "ServiceResponseError",
		"status":     refused.StatusCode,
		"request_id": refused.RequestId,
		"code":       refused.ErrorCode,
		"message":    refused.ErrorMessage,
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
