import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Bench, Listed, Program, Sdk } from './harness/bench.ts'
import { cache, installed, run } from './harness/installations.ts'
import { describeSdk } from './harness/sdk-suite.ts'

/**
 * The first with export tasks, and one that lets a list name no task. Where the repository has no CDN client of that
 * version, the official core of `core` drives one of ours, which tells it the same requests.
 */
const versions = [
  { cdn: '3.1.177', core: '3.1.177', taskIsMandatory: true },
  { cdn: '3.1.211', core: '3.1.192', taskIsMandatory: false },
]
const sources = fileURLToPath(new URL('./java/', import.meta.url))

async function copyJars(directory: string, version: string, profiles: string[]): Promise<void> {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${directory}/lib`]
  const settings = [`-Dsdk.version=${version}`, `-Dmaven.repo.local=${cache}java/repository`]
  await run('mvn', ['--batch-mode', '--quiet', '-f', `${sources}pom.xml`, ...profiles, ...settings, ...goal])
}

async function filesBelow(name: string): Promise<string[]> {
  const names = await readdir(sources + name, { recursive: true })
  return names.filter((one) => one.endsWith('.java')).map((one) => `${sources}${name}/${one}`)
}

const cdnJar = (directory: string, version: string) => `${directory}/lib/huaweicloud-sdk-cdn-${version}.jar`

async function install({ cdn, core }: (typeof versions)[number]) {
  const [samples, standIn] = [await filesBelow('samples'), await filesBelow('stand-in')]
  const texts = await Promise.all([...samples, ...standIn].map((file) => readFile(file, 'utf8')))
  return await installed({
    name: `java/${cdn}`,
    ingredients: [cdn, core, texts, await readFile(`${sources}pom.xml`, 'utf8')],
    fetch: async (directory) => {
      await run('javac', ['-version'])
      await copyJars(directory, cdn, ['-Pcdn']).catch(async () => {
        await rm(`${directory}/lib`, { recursive: true, force: true })
        await copyJars(directory, core, [])
      })
    },
    build: async (directory) => {
      const files = existsSync(cdnJar(directory, cdn)) ? samples : [...samples, ...standIn]
      await run('javac', ['-nowarn', '-encoding', 'UTF-8', '-cp', `${directory}/lib/*`, '-d', directory, ...files])
    },
  })
}

async function javaSdk(version: (typeof versions)[number]): Promise<Sdk> {
  const installation = await install(version)
  const standsIn = 'directory' in installation && !existsSync(cdnJar(installation.directory, version.cdn))
  const classes: Record<Program, string> = {
    create: 'CreateExportTask',
    list: version.taskIsMandatory ? 'ListAnyExportTasks' : 'ListExportTasks',
    region: 'RegionStyle',
    calls: 'Calls',
  }
  return {
    title: standsIn ? `Java core ${version.core} (no CDN client ${version.cdn} to be had)` : `Java ${version.cdn}`,
    ...('missing' in installation ? installation : {}),
    userAgent: 'huaweicloud-usdk-java/',
    exception: 'ClientRequestException',
    regionVariables: (endpoint) => ({
      HUAWEICLOUD_SDK_REGION_CDN_CN_NORTH_1: endpoint,
      HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint,
    }),
    run: async (program, variables) => {
      if ('missing' in installation) throw new Error(installation.missing)
      const { directory } = installation
      const options = [`-Duser.home=${variables['HOME']}`, `-Dsamples.taskIsMandatory=${version.taskIsMandatory}`]
      const start = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', `${directory}:${directory}/lib/*`]
      const env = { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'], ...variables }
      return await run('java', [...start, ...options, classes[program]], { env })
    },
    listed,
  }
}

/** Reads the text that a response is for people. */
function listed(printed: string): Listed {
  const field = (text: string, name: string) => new RegExp(`^ *${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const tasks = printed.split('class ExportTask {').slice(1)
  return {
    total: Number(field(printed, 'total')),
    data: tasks.map((task) => {
      const link = field(task, 'downloadLink')
      return {
        task_id: field(task, 'taskId'),
        task_name: field(task, 'taskName'),
        status: field(task, 'status'),
        download_link: link === 'null' ? null : link,
      }
    }),
  }
}

function refusesByItself(_sdk: Sdk, bench: Bench): void {
  it('asks nothing of the server for a list that names no task', async () => {
    const [outcome] = await bench.calls([{ operation: 'list', query: {} }])
    expect(outcome?.raised?.type).toBe('SdkException')
    expect(bench.recorder.exchanges).toEqual([])
  })
}

for (const version of versions)
  describeSdk(await javaSdk(version), version.taskIsMandatory ? refusesByItself : undefined)
