// The documentation's sample of CreateExportTask; only endpoint and keys are ours.
const core = require('@huaweicloud/huaweicloud-sdk-core')
const cdn = require('@huaweicloud/huaweicloud-sdk-cdn/v2/public-api')

const ak = process.env.CLOUD_SDK_AK
const sk = process.env.CLOUD_SDK_SK
const endpoint = process.env.SAMPLE_ENDPOINT
const project_id = process.env.CLOUD_SDK_PROJECT_ID

const credentials = new core.BasicCredentials().withAk(ak).withSk(sk).withProjectId(project_id)
const client = cdn.CdnClient.newBuilder().withCredential(credentials).withEndpoint(endpoint).build()
const request = new cdn.CreateExportTaskRequest()
const body = new cdn.ExportTaskVo()
request.withBody(body)
const result = client.createExportTask(request)
result
  .then((result) => {
    console.log(`JSON.stringify(result)::${JSON.stringify(result)}`)
  })
  .catch((ex) => {
    console.log(`exception:${JSON.stringify(ex)}`)
  })
