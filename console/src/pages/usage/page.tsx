import { Answer } from '../../controls/answer.tsx'
import { useText } from '../../view/use-choice.ts'
import { Choices } from './choices.tsx'
import { DiscardedPoints } from './discarded-points.tsx'
import { ExplainDialog } from './explain-dialog.tsx'
import { StatusCodes } from './status-codes.tsx'
import { UsageFigure } from './usage-figure.tsx'
import { useUsage } from './use-usage.ts'

/** Figures over time. */
export function Page() {
  const usage = useUsage()
  const [explained, explain] = useText('explain')
  return (
    <div className="page">
      <Choices />
      <Answer of={usage.answer}>
        {(answer) => <UsageFigure answer={answer} usage={usage} onExplain={(timeMs) => explain(String(timeMs))} />}
      </Answer>
      {usage.figure === 'peak_bandwidth' && <DiscardedPoints />}
      {usage.figure === 'status' && <StatusCodes />}
      {explained !== '' && usage.answer.data && (
        <ExplainDialog
          timeMs={Number(explained)}
          figure={usage.figure}
          interval={usage.answer.data.interval}
          onClose={() => explain('')}
        />
      )}
    </div>
  )
}
