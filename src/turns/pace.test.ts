import { expect, it } from 'vitest'
import { createPace } from './pace.ts'

const here = () => new AbortController().signal

it('lets a few through at once, makes a burst wait, and refuses what would wait too long', async () => {
  let refused = 0
  const pace = createPace(10, () => {
    refused += 1
  })
  const beganMs = performance.now()
  const waits = await Promise.allSettled(
    Array.from({ length: 80 }, () => pace.turn('a', here()).then(() => performance.now() - beganMs)),
  )
  const waitedMs = waits.flatMap((wait) => (wait.status === 'fulfilled' ? [wait.value] : []))
  expect(waitedMs.slice(0, 10).every((ms) => ms < 90)).toBe(true)
  expect(waitedMs).toHaveLength(60)
  expect(Math.max(...waitedMs)).toBeGreaterThan(4_900)
  expect(refused).toBe(20)
  expect(waits.at(-1)).toMatchObject({ reason: { code: 'APIGW.0308', retryAfterSeconds: 1 } })
})

it('one account waits for no other, and who hangs up is not waited for', async () => {
  const pace = createPace(1)
  for (let n = 0; n < 5; n++) await pace.turn('a', here())
  const gone = new AbortController()
  const waiting = pace.turn('a', gone.signal)
  const beganMs = performance.now()
  await pace.turn('b', here())
  expect(performance.now() - beganMs).toBeLessThan(500)
  gone.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'APIGW.0201' })
})
