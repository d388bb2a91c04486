/** Runs work beside the loads, one at a time: on a full disk the engine may take long. */
export function createBeside(work: () => Promise<unknown>) {
  let underWay: Promise<unknown> | null = null
  let isAskedAgain = false
  const begin = () => {
    isAskedAgain = underWay !== null
    underWay ??= work().finally(() => {
      underWay = null
      if (isAskedAgain) begin()
    })
  }
  return {
    begin,
    ended: async () => {
      while (underWay) await underWay
    },
  }
}
