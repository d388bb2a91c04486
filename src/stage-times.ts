/** Steps of a load, in their order; `roll_up` also stands for the roll-ups that follow it. */
export const loadStages = ['look', 'plan', 'insert', 'roll_up', 'overlap', 'record'] as const
/** Steps of an export: `query` and `write` overlap, as a file is written while its rows are asked for. */
export const exportStages = ['claim', 'query', 'write', 'publish'] as const

export type LoadStage = (typeof loadStages)[number]
export type ExportStage = (typeof exportStages)[number]

/** Takes the time of each step of loads and exports, so that a slow one explains itself. */
export type StageTimes = {
  ofLoad: TimeStage<LoadStage>
  ofExport: TimeStage<ExportStage>
}

/**
 * Does the work and answers what it answers. Its time counts when it throws, and when it answers something that `counts`
 * takes; without `counts`, always.
 */
export type TimeStage<Stage extends string> = <Answer>(
  stage: Stage,
  work: () => Promise<Answer>,
  counts?: (answer: Answer) => boolean,
) => Promise<Answer>

type OnEnded<Stage> = (stage: Stage, seconds: number) => void

export const createStageTimes = (onEnded: { load: OnEnded<LoadStage>; export: OnEnded<ExportStage> }): StageTimes => ({
  ofLoad: timing(onEnded.load),
  ofExport: timing(onEnded.export),
})

/** Takes no times: for work of which nobody asks for metrics. */
export const untimed: StageTimes = { ofLoad: (_stage, work) => work(), ofExport: (_stage, work) => work() }

const timing =
  <Stage extends string>(onEnded: OnEnded<Stage>): TimeStage<Stage> =>
  async (stage, work, counts = () => true) => {
    const startMs = performance.now()
    let isCounted = true
    try {
      const answer = await work()
      isCounted = counts(answer)
      return answer
    } finally {
      if (isCounted) onEnded(stage, (performance.now() - startMs) / 1000)
    }
  }
