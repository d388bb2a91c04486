import { writeFile } from 'node:fs/promises'
import { temporaryDirectory } from '../../harness/directory.ts'
import type { Json } from '../../harness/requests.ts'
import { run } from '../harness/installations.ts'

/** A resource or data source of a state. */
export type Kept = { mode: 'managed' | 'data'; type: string; values: Json }

/** A directory of one configuration. */
export type Workspace = {
  /** Runs a command of Terraform, whose prompts are answered with yes. @throws Error with what it wrote, when it fails */
  run(command: string, ...args: string[]): Promise<string>
  /** Members of the newest state. */
  state(): Promise<Kept[]>
  remove(): Promise<void>
}

/**
 * @param bin where the provider lies
 * @param who the provider's settings that say whose key it has
 * @param blocks of the configuration, as its JSON has them
 */
export async function openWorkspace(bin: string, endpoint: string, who: Json, blocks: Json): Promise<Workspace> {
  const directory = await temporaryDirectory()
  // Else it first asks servers of the cloud which website an account is of, and for newer versions.
  const withoutCloud = { skip_check_website_type: true, skip_check_upgrade: true }
  const ours = { region: 'cn-north-1', auth_url: `${endpoint}/v3`, ...withoutCloud }
  const text = {
    terraform: { required_providers: { huaweicloud: { source: 'huaweicloud/huaweicloud' } } },
    provider: { huaweicloud: { ...ours, endpoints: { cdn: endpoint }, ...who } },
    ...blocks,
  }
  await writeFile(`${directory.path}/main.tf.json`, JSON.stringify(text))
  const settings = `${directory.path}/settings.tfrc`
  const overrides = `dev_overrides { "huaweicloud/huaweicloud" = ${JSON.stringify(bin)} }`
  await writeFile(settings, `provider_installation {\n${overrides}\ndirect {}\n}\n`)
  const env = {
    PATH: process.env['PATH'],
    HOME: directory.path,
    TF_CLI_CONFIG_FILE: settings,
    // Without its look for newer versions.
    CHECKPOINT_DISABLE: '1',
  }
  const flags: Record<string, string[]> = { apply: ['-auto-approve', '-no-color'], plan: ['-no-color'] }
  const runTerraform: Workspace['run'] = (command, ...args) =>
    run('terraform', [command, ...(flags[command] ?? []), ...args], { cwd: directory.path, env })
  return {
    run: runTerraform,
    state: async () => {
      const { values } = JSON.parse(await runTerraform('show', '-json')) as {
        values: { root_module: { resources: Kept[] } }
      }
      return values.root_module.resources
    },
    remove: directory.remove,
  }
}
