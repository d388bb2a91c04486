import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import type { MonthAnswer } from './month-answer.ts'
import { monthWords } from './words.ts'

type Commit = NonNullable<MonthAnswer['commit']>
type OneCommit = NonNullable<Commit['traffic']>

/** The account's commit, and the part of it that is used. */
export function MonthCommit({ commit }: { commit: Commit }) {
  const text = useWords(monthWords)
  const { bytes, bits } = useFormats()
  return (
    <section>
      <h3>{text.commit}</h3>
      {commit.traffic && <CommitBar title={text.billed} commit={commit.traffic} format={bytes} />}
      {commit.bandwidth && <CommitBar title={text.percentile} commit={commit.bandwidth} format={bits} />}
    </section>
  )
}

type BarProps = { title: string; commit: OneCommit; format(value: number | null): string }

function CommitBar({ title, commit, format }: BarProps) {
  const text = useWords(monthWords)
  const { share } = useFormats()
  return (
    <div className="commit">
      <p>
        {title}: {text.commitUsed(format(commit.used), format(commit.committed), share(commit.share))}
      </p>
      <meter aria-label={title} min={0} max={1} high={1} value={Math.min(1, commit.share ?? 0)} />
      {commit.left_at_end !== null && <p className="quiet">{text.commitLeft(format(commit.left_at_end))}</p>}
    </div>
  )
}
