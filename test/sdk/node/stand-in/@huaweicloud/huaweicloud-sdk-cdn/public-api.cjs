const { ClientBuilder } = require('@huaweicloud/huaweicloud-sdk-core/ClientBuilder')

const url = '/v1/cdn/statistics/export-tasks'

class CreateExportTaskRequest {
  withBody(body) {
    this.body = body
    return this
  }
}

class ExportTaskVo {}

class ListExportTasksRequest {}

class CdnClient {
  constructor(client) {
    this.hcClient = client
  }

  static newBuilder() {
    return new ClientBuilder((client) => new CdnClient(client))
  }

  createExportTask(request) {
    return this.hcClient.sendRequest({ ...operation('POST'), data: request.body ?? {} })
  }

  listExportTasks(request) {
    const given = Object.entries(request).filter(([, value]) => value !== undefined && value !== null)
    return this.hcClient.sendRequest({ ...operation('GET'), queryParams: Object.fromEntries(given) })
  }
}

const operation = (method) => ({
  method,
  url,
  contentType: 'application/json',
  queryParams: {},
  pathParams: {},
  headers: {},
  responseHeaders: [''],
})

module.exports = { CdnClient, CreateExportTaskRequest, ExportTaskVo, ListExportTasksRequest }
