import { temporaryDirectory } from '../../harness/directory.ts'
import { startTestServer, type TestServer } from '../../harness/server.ts'
import { openAccount, type TestAccount } from './account.ts'
import { type Recorder, startRecorder } from './recorder.ts'

/**
 * What an SDK runs: the documentation's samples of create and list with an endpoint; both with a region; and calls, which
 * sends what SAMPLE_CALLS says and prints one line of JSON for each.
 */
export type Program = 'create' | 'list' | 'region' | 'calls'

export type Sdk = {
  /** Language and version, as tests name them. */
  title: string
  /** Why it cannot be tried here. */
  missing?: string
  /** How its requests name themselves. */
  userAgent: string
  /** The type of what it raises for an answer of 400 to 499. */
  exception: string
  /** The environment that leads region-style code to a server of one's own. */
  regionVariables: (endpoint: string) => Record<string, string>
  /** @param variables the program's whole environment, but for PATH. HOME is private, as SDKs write below it */
  run: (program: Program, variables: Record<string, string>) => Promise<string>
  /** Reads what the list sample printed. */
  listed: (printed: string) => Listed
}

export type Task = { task_id: string; task_name: string; status: string; download_link: string | null }
export type Listed = { total: number; data: Task[] }
export type Call =
  | { operation: 'create'; body: object | null }
  | { operation: 'list'; query: { task_id?: string; task_name?: string; limit?: number; offset?: number } }
/** One of the statistics queries, by the SDK's own names; `older`: of its first version. */
export type StatisticsCall = {
  operation: 'statistics' | 'older'
  method: string
  request: string
  /** With `body`, the members of the request's body. */
  query: Record<string, string | number | boolean | object>
}
export type Outcome = {
  response?: Record<string, unknown>
  raised?: { type: string; status: number; request_id: string; code: string; message: string }
}

/** What the tests of one SDK have at hand. */
export type Bench = {
  server: TestServer
  account: TestAccount
  recorder: Recorder
  run: (program: Program, variables?: Record<string, string>) => Promise<string>
  calls: (calls: (Call | StatisticsCall)[], variables?: Record<string, string>) => Promise<Outcome[]>
  stop: () => Promise<void>
}

export async function openBench(sdk: Sdk): Promise<Bench> {
  const home = await temporaryDirectory()
  const server = await startTestServer()
  const account = await openAccount(server, sdk.title)
  const recorder = await startRecorder(server.endpoint)
  const run: Bench['run'] = (program, variables = {}) =>
    sdk.run(program, {
      HOME: home.path,
      SAMPLE_ENDPOINT: recorder.endpoint,
      CLOUD_SDK_AK: account.key.access_key,
      CLOUD_SDK_SK: account.key.secret_key,
      ...variables,
    })
  return {
    server,
    account,
    recorder,
    run,
    calls: async (calls, variables = {}) => {
      const printed = await run('calls', { SAMPLE_CALLS: JSON.stringify(calls), ...variables })
      // Node's core logs to the same place.
      const lines = printed.split('\n').filter((line) => /^\{"(response|raised)":/.test(line))
      return lines.map((line) => JSON.parse(line) as Outcome)
    },
    stop: async () => {
      await recorder.stop()
      await server.stop()
      await home.remove()
    },
  }
}
