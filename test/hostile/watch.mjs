// What a server is watched by while it is attacked: a process of its own that asks /healthz, and the kernel's figures.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Asks every 20 ms from another process, whose own work does not delay it. @returns the longest answer, ms */
export function watchHealth(endpoint) {
  const script = `
    let longestMs = 0, asked = 0, isOver = false
    process.stdin.on('end', () => (isOver = true)).resume()
    while (!isOver) {
      const startMs = performance.now()
      await fetch(${JSON.stringify(`${endpoint}/healthz`)}).then((a) => a.arrayBuffer()).catch(() => undefined)
      longestMs = Math.max(longestMs, performance.now() - startMs)
      asked += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    console.log(JSON.stringify({ longestMs, asked }))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (piece) => (text += piece))
  const closed = new Promise((resolve) => child.once('close', resolve))
  return {
    end: async () => {
      child.stdin.end()
      await closed
      return JSON.parse(text)
    },
  }
}

/** The peak of anonymous memory of a process, and of it with all below it, MiB; looked at every 200 ms. */
export function watchMemory(processId) {
  const peaks = { server: 0, all: 0 }
  const timer = setInterval(() => {
    const own = anonymousOf(processId)
    peaks.server = Math.max(peaks.server, own)
    peaks.all = Math.max(peaks.all, own + below(processId).reduce((sum, id) => sum + anonymousOf(id), 0))
  }, 200)
  return {
    end: async () => {
      clearInterval(timer)
      return { server: Math.round(peaks.server / 1024), all: Math.round(peaks.all / 1024) }
    },
  }
}

function below(processId) {
  const children = textOf(`/proc/${processId}/task/${processId}/children`).trim().split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...below(child)])
}

const anonymousOf = (processId) => Number(/RssAnon:\s+(\d+)/.exec(textOf(`/proc/${processId}/status`))?.[1] ?? 0)

function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it has ended
  }
}
