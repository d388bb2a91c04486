import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Copy, DockerfileParser, type From, type Instruction, type JSONInstruction } from 'dockerfile-ast'

export const repository = fileURLToPath(new URL('../..', import.meta.url))
export const dockerfilePath = join(repository, 'deploy/Dockerfile')

/** One COPY: from which stage (null: the checkout), what, and where to. */
export type Copied = { stage: string | null; sources: string[]; target: string }

/** What a Dockerfile says, as far as it can be known without building it. */
export type Image = {
  bases: string[]
  /** Of every stage. */
  copies: Copied[]
  /** What the last stage is made of. */
  last: {
    directory: string
    copies: Copied[]
    environment: Record<string, string>
    user: string
    ports: string[]
    volumes: string[]
    stopSignal: string
    healthcheck: string[]
    entrypoint: string[]
    command: string[]
  }
}

const argumentsOf = (instruction: Instruction) => instruction.getArguments().map((argument) => argument.getValue())

/** The strings of an instruction in JSON form. */
const wordsOf = (instruction: Instruction | undefined) =>
  instruction
    ? (instruction as JSONInstruction).getJSONStrings().map((word) => JSON.parse(word.getValue()) as string)
    : []

function copyOf(instruction: Copy): Copied {
  const words = argumentsOf(instruction)
  const stage = instruction.getFlags().find((flag) => flag.getName() === 'from')
  return { stage: stage?.getValue() ?? null, sources: words.slice(0, -1), target: words.at(-1) ?? '' }
}

/** The first WORKDIR of the last stage: files are copied there, before the server gets a directory of its own. */
export function readImage(): Image {
  const file = DockerfileParser.parse(readFileSync(dockerfilePath, 'utf8'))
  const all = file.getInstructions()
  const bases = all.filter((one) => one.getKeyword() === 'FROM').map((one) => (one as From).getImage() ?? '')
  const inLast = all.slice(all.findLastIndex((one) => one.getKeyword() === 'FROM'))
  const named = (keyword: string, of: Instruction[] = inLast) => of.filter((one) => one.getKeyword() === keyword)
  const one = (keyword: string) => argumentsOf(named(keyword).at(-1) as Instruction)
  const environment = named('ENV')
    .flatMap(argumentsOf)
    .map((pair) => pair.split('=') as [string, string])
  const healthcheck = named('HEALTHCHECK')[0]?.getRawArgumentsContent()?.replace(/^CMD /, '') ?? '[]'
  return {
    bases: bases.map((base) => base.replace(/\$\{(\w+)\}/, (_, name) => argumentDefault(all, name))),
    copies: named('COPY', all).map((copy) => copyOf(copy as Copy)),
    last: {
      directory: argumentsOf(named('WORKDIR')[0] as Instruction)[0] ?? '',
      copies: named('COPY').map((copy) => copyOf(copy as Copy)),
      environment: Object.fromEntries(environment),
      user: one('USER')[0] ?? '',
      ports: named('EXPOSE').flatMap(argumentsOf),
      volumes: named('VOLUME').flatMap(argumentsOf),
      stopSignal: one('STOPSIGNAL')[0] ?? '',
      healthcheck: JSON.parse(healthcheck),
      entrypoint: wordsOf(named('ENTRYPOINT')[0]),
      command: wordsOf(named('CMD')[0]),
    },
  }
}

const argumentDefault = (all: Instruction[], name: string) =>
  all
    .filter((one) => one.getKeyword() === 'ARG')
    .flatMap(argumentsOf)
    .find((argument) => argument.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''

type Locked = { packages: Record<string, { dev?: boolean }> }

/**
 * Puts into a directory what the last stage copies. What comes from the stage `build` is taken from the checkout, which is
 * built as that stage is; of node_modules, the packages that `npm prune --omit=dev` leaves.
 */
export async function replayCopies(copies: readonly Copied[], directory: string): Promise<void> {
  for (const { stage, sources, target } of copies) {
    for (const source of sources) {
      const from = join(repository, stage === null ? source : source.replace(/^\/build\//, ''))
      const to = target.endsWith('/') ? join(directory, target, basename(source)) : join(directory, target)
      if (basename(source) === 'node_modules') await copyPackages(to)
      else await cp(from, to, { recursive: true })
    }
  }
}

async function copyPackages(to: string): Promise<void> {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as Locked
  for (const [path, { dev }] of Object.entries(packages)) {
    const from = join(repository, path)
    // One within another has been copied with it.
    if (path === '' || path.lastIndexOf('node_modules/') > 0 || dev || !existsSync(from)) continue
    const name = path.slice('node_modules/'.length)
    await mkdir(join(to, name, '..'), { recursive: true })
    // 541 MiB of engine are read where they are.
    if (name.startsWith('@chdb/')) await symlink(from, join(to, name))
    else await cp(from, join(to, name), { recursive: true })
  }
}
