// The attacker's process: sends what it is told to, and answers with the statuses it saw and what was no right answer.
import { setTimeout as delay } from 'node:timers/promises'
import { signRequest } from '../../dist/auth/sign-request.js'
import { generateBodies, numbersOf } from './bodies.mjs'
import { clientOf } from './neighbour.mjs'
import { randomRequest } from './random-requests.mjs'

/** A refusal for want of room is an answer that tells the client what to do, and no failure. */
const refusals = new Set(['FLUXPORT.0003', 'FLUXPORT.0105'])

/** Does the work of a generator of promises, so many at once. */
async function inTurns(jobs, atOnce) {
  const next = async () => {
    for (let job = jobs.next(); !job.done; job = jobs.next()) await job.value()
  }
  await Promise.all(Array.from({ length: atOnce }, next))
}

function* requestJobs(count, seed, send) {
  const random = numbersOf(seed)
  for (let n = 0; n < count; n++) {
    const { method, target, options } = randomRequest(random)
    yield () => send(`${method} ${target}`, (client) => client.call(method, target, options))
  }
}

function* bodyJobs(count, seed, send) {
  let sent = 0
  for (const { name, query, headers, bytes } of generateBodies(seed, count)) {
    // The whole of an attack takes an hour: a line per 1,000 tells that it goes on.
    if (++sent % 1_000 === 0) console.log(`${sent} of ${count} bodies`)
    const path = `/api/v1/log-batches?${new URLSearchParams(query)}`
    yield () => send(name, (client) => client.push(path, bytes, headers))
  }
}

/** Sends again what was refused for its rate, a second later: what is behind the limit is to be tried too. */
async function attack({ endpoint, key, token, requests, bodies, connections, seed }) {
  const client = clientOf(signRequest, endpoint, key, token)
  const problems = []
  /** Answers by status. */
  const answers = new Map()
  const send = async (what, ask) => {
    for (;;) {
      const { status, json } = await ask(client).catch((error) => failed(error, what, problems))
      answers.set(status, (answers.get(status) ?? 0) + 1)
      if (status >= 500 && !refusals.has(json.error_code))
        problems.push(`${what} answered ${status} ${json.error_code ?? ''}`)
      if (status !== 429) return
      await delay(1_000)
    }
  }
  const half = Math.max(1, connections >> 1)
  await Promise.all([inTurns(requestJobs(requests, seed, send), half), inTurns(bodyJobs(bodies, seed, send), half)])
  return { answers: [...answers], problems }
}

/** A connection that the server closed, as it may on one that sends nonsense; a server that is gone tells at the end. */
function failed(error, what, problems) {
  if (error.name === 'TimeoutError') problems.push(`${what} was not answered`)
  return { status: 0, json: {} }
}

process.once('message', async (task) => {
  process.send(await attack(task), () => process.exit(0))
})
