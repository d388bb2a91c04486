// Both samples as the documentation has them for a region: the SDK takes the endpoint from its own environment variable.
// The account look-up's is an override, as the variable for it takes https alone.
package main

import (
	"fmt"
	"os"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	cdn "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v2/model"
	region "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cdn/v2/region"
)

func main() {
	ak := os.Getenv("CLOUD_SDK_AK")
	sk := os.Getenv("CLOUD_SDK_SK")

	auth, err := global.NewCredentialsBuilder().
		WithAk(ak).
		WithSk(sk).
		WithIamEndpointOverride(os.Getenv("SAMPLE_ENDPOINT")).
		SafeBuild()
	if err != nil {
		fmt.Println(err)
		return
	}

	r, err := region.SafeValueOf("cn-north-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	hcClient, err := cdn.CdnClientBuilder().
		WithRegion(r).
		WithCredential(auth).
		SafeBuild()
	if err != nil {
		fmt.Println(err)
		return
	}
	client := cdn.NewCdnClient(hcClient)

	request := &model.CreateExportTaskRequest{}
	request.Body = &model.ExportTaskVo{}
	if _, err := client.CreateExportTask(request); err != nil {
		fmt.Println(err)
		return
	}
	limit := int32(1)
	response, err := client.ListExportTasks(&model.ListExportTasksRequest{Limit: &limit})
	if err == nil {
		fmt.Printf("%+v\n", response)
	} else {
		fmt.Println(err)
	}
}
