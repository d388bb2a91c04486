// Sends the calls of SAMPLE_CALLS, and prints for each what came back or was raised.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	older "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v1"
	cdn "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v2/model"
)

type call struct {
	Operation string              `json:"operation"`
	Body      *model.ExportTaskVo `json:"body"`
	// Of a statistics query, as the SDK for Python names it: show_domain_stats.
	Method string `json:"method"`
	// Unmarshalled as the request, some of whose fields are strings in one version and pointers in another.
	Query json.RawMessage `json:"query"`
}

func main() {
	client := cdn.NewCdnClient(built(cdn.CdnClientBuilder()))

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

func built(builder *core.HcHttpClientBuilder) *core.HcHttpClient {
	auth, err := global.NewCredentialsBuilder().
		WithAk(os.Getenv("CLOUD_SDK_AK")).
		WithSk(os.Getenv("CLOUD_SDK_SK")).
		SafeBuild()
	must(err)
	hcClient, err := builder.
		WithEndpoints([]string{os.Getenv("SAMPLE_ENDPOINT")}).
		WithCredential(auth).
		SafeBuild()
	must(err)
	return hcClient
}

func send(client *cdn.CdnClient, one call) (interface{}, error) {
	if one.Operation == "create" {
		return client.CreateExportTask(&model.CreateExportTaskRequest{Body: one.Body})
	}
	if one.Operation == "statistics" {
		return ask(reflect.ValueOf(client), one)
	}
	if one.Operation == "older" {
		return ask(reflect.ValueOf(older.NewCdnClient(built(older.CdnClientBuilder()))), one)
	}
	query := model.ListExportTasksRequest{}
	must(json.Unmarshal(one.Query, &query))
	return client.ListExportTasks(&query)
}

// ask calls the client's method of that name.
func ask(client reflect.Value, one call) (interface{}, error) {
	name := strings.ReplaceAll(strings.Title(strings.ReplaceAll(one.Method, "_", " ")), " ", "")
	method := client.MethodByName(name)
	request := reflect.New(method.Type().In(0).Elem())
	must(json.Unmarshal(one.Query, request.Interface()))
	answers := method.Call([]reflect.Value{request})
	err, _ := answers[1].Interface().(error)
	return answers[0].Interface(), err
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
