import { go } from '../harness/go-command.ts'
import { type Installation, installed, run } from '../harness/installations.ts'

export const version = 'v1.97.1'
const module = 'github.com/huaweicloud/terraform-provider-huaweicloud'
/** A checkout of the provider, for where its module cannot be fetched. */
const checkout = process.env['TERRAFORM_PROVIDER_SOURCE']

/**
 * The whole provider as it is, which its directory has; missing without its source, Go or Terraform. It takes about five
 * minutes of a processor, once.
 */
export const installedProvider = (): Promise<Installation> =>
  installed({
    name: 'terraform',
    ingredients: [version, checkout ?? ''],
    fetch: async (directory) => {
      await run('terraform', ['version'], { env: { PATH: process.env['PATH'], CHECKPOINT_DISABLE: '1' } })
      const source = checkout ?? (await fetchedModule(directory))
      await go(source, ['build', '-buildvcs=false', '-ldflags=-s -w', '-o', `${directory}/`, '.'])
    },
  })

async function fetchedModule(directory: string): Promise<string> {
  const printed = await go(directory, ['mod', 'download', '-json', `${module}@${version}`])
  return (JSON.parse(printed) as { Dir: string }).Dir
}
