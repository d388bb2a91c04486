export type Body = {
  name: string
  query: Record<string, string>
  headers: Record<string, string>
  bytes: Buffer
  expectation: 'refused' | 'any'
}
export function generateBodies(seed: number, count: number): Generator<Body>
export function numbersOf(seed: number): (below: number) => number
