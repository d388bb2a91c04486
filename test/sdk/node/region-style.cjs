// Both samples with a region. The core reads no environment, so region and look-up have their endpoints from us; with an
// account's credentials, as CDN is not divided into regions. Id and name are for versions up to 3.1.210.
const core = require('@huaweicloud/huaweicloud-sdk-core')
const cdn = require('@huaweicloud/huaweicloud-sdk-cdn/v2/public-api')

const ak = process.env.CLOUD_SDK_AK
const sk = process.env.CLOUD_SDK_SK
const endpoint = process.env.SAMPLE_ENDPOINT

const credentials = new core.GlobalCredentials().withAk(ak).withSk(sk).withIamEndpoint(endpoint)
const region = new core.Region('cn-north-1', [endpoint])
const client = cdn.CdnClient.newBuilder().withCredential(credentials).withRegion(region).build()

async function main() {
  await client.createExportTask(new cdn.CreateExportTaskRequest().withBody(new cdn.ExportTaskVo()))
  const request = Object.assign(new cdn.ListExportTasksRequest(), { limit: 1, task_id: '', task_name: '' })
  console.log(`JSON.stringify(result)::${JSON.stringify(await client.listExportTasks(request))}`)
}

void main()
