// Sends the calls of SAMPLE_CALLS, and prints for each what came back or was raised.
const core = require('@huaweicloud/huaweicloud-sdk-core')
const cdn = require('@huaweicloud/huaweicloud-sdk-cdn/v2/public-api')

const credentials = new core.GlobalCredentials().withAk(process.env.CLOUD_SDK_AK).withSk(process.env.CLOUD_SDK_SK)
const client = cdn.CdnClient.newBuilder().withCredential(credentials).withEndpoint(process.env.SAMPLE_ENDPOINT).build()

async function main() {
  for (const call of JSON.parse(process.env.SAMPLE_CALLS)) {
    console.log(JSON.stringify(await send(call).then((response) => ({ response }), raised)))
  }
}

async function send(call) {
  if (call.operation === 'list') {
    return await client.listExportTasks(Object.assign(new cdn.ListExportTasksRequest(), call.query))
  }
  const request = new cdn.CreateExportTaskRequest()
  if (call.body !== null) request.withBody(Object.assign(new cdn.ExportTaskVo(), call.body))
  return await client.createExportTask(request)
}

const raised = (exception) => ({
  raised: {
    type: exception.constructor.name,
    status: exception.httpStatusCode,
    request_id: exception.requestId,
    code: exception.errorCode,
    message: exception.errorMsg,
  },
})

void main()
