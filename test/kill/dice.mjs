// Chance that can be repeated: the same seed gives the same draws.
import { createRandom } from '../../scripts/traffic-model.mjs'

/** @param {number} seed */
export function createDice(seed) {
  const random = createRandom(seed)
  // The generator's first values of neighbouring seeds are alike.
  for (let index = 0; index < 8; index++) random()
  const fraction = () => random() / 2 ** 32
  return {
    fraction,
    /** Both ends included. */
    integer: (from, to) => from + Math.floor(fraction() * (to - from + 1)),
    chance: (share) => fraction() < share,
    pick: (items) => items[Math.floor(fraction() * items.length)],
  }
}
