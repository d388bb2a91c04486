import { useState } from 'react'
import { useAnswer, useChange } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useIsOperator } from '../../session/own-account.ts'
import { useView } from '../../view/use-view.ts'
import { KeepForm } from './keep-form.tsx'
import { KeptFiles } from './kept-files.tsx'
import { keptWords } from './kept-words.ts'

type Kept = AnswerOf<'GET /api/v1/kept-logs'>['sources'][number]
const path = '/api/v1/kept-logs'

/** Log files that are kept: of which sources, how long, and those that the own account gets. */
export function KeptLogs() {
  const kept = useAnswer(path, {})
  return (
    <>
      <Answer of={kept}>{({ sources }) => <Sources sources={sources} />}</Answer>
      <KeepForm />
      <KeptFiles />
    </>
  )
}

function Sources({ sources }: { sources: readonly Kept[] }) {
  const text = useWords(keptWords)
  const { bytes, count } = useFormats()
  const [removed, askRemoval] = useState<Kept | null>(null)
  const columns = useColumns(askRemoval)
  const sum = (name: 'files' | 'size') => sources.reduce((all, one) => all + Number(one[name]), 0)
  return (
    <>
      <Figure
        title={text.title}
        sentence={
          sources.length === 0
            ? text.none
            : text.sentence(count(sources.length), count(sum('files')), bytes(sum('size')))
        }
        columns={columns}
        rows={sources}
        keyOf={(one) => `${one.account_id} ${one.source}`}
        fileName="kept-logs"
        request={{ path, query: {} }}
      />
      {removed && <RemoveQuestion kept={removed} onClose={() => askRemoval(null)} />}
    </>
  )
}

function useColumns(onRemove: (kept: Kept) => void): Column<Kept>[] {
  const text = useWords(keptWords)
  const { bytes, count, time } = useFormats()
  const { view } = useView()
  const isOperator = useIsOperator()
  const figure = (name: 'keep_logs_days' | 'files' | 'missed', title: string): Column<Kept> => ({
    ...{ name, title, isFigure: true, value: (kept) => kept[name], show: (kept) => count(kept[name]) },
  })
  const account: Column<Kept> = {
    ...{ name: 'account', title: text.account, value: (kept) => kept.account_name ?? kept.account_id },
  }
  return [
    { name: 'source', title: text.source, value: ({ source }) => source },
    ...(isOperator ? [account] : []),
    figure('keep_logs_days', text.days),
    figure('files', text.files),
    { name: 'size', title: text.size, isFigure: true, value: ({ size }) => size, show: ({ size }) => bytes(size) },
    figure('missed', text.missed),
    { name: 'changed', title: text.changed, value: (kept) => time(Number(kept.update_time), view.zone) },
    {
      ...{ name: 'actions', title: text.actions, isAction: true, value: () => null },
      show: (kept) => (
        <button type="button" className="danger" aria-label={text.removeOf(kept.source)} onClick={() => onRemove(kept)}>
          {text.remove}
        </button>
      ),
    },
  ]
}

function RemoveQuestion({ kept, onClose }: { kept: Kept; onClose(): void }) {
  const text = useWords(keptWords)
  const { count } = useFormats()
  const isOperator = useIsOperator()
  const remove = useChange('DELETE /api/v1/kept-logs/{source}')
  const query = isOperator ? { account: kept.account_id } : {}
  const yes = () => remove.mutate({ path: { source: kept.source }, query }, { onSuccess: onClose })
  return (
    <Question title={text.removeTitle(kept.source)} action={text.removeYes} onYes={yes} onClose={onClose}>
      <p>{text.removeEffect(count(kept.files))}</p>
      {remove.error && <Failure error={remove.error} />}
    </Question>
  )
}
