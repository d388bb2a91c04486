import { useState } from 'react'
import { useChange } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { ApiText } from '../../controls/error-text.tsx'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useLanguage, useWords } from '../../language/language.ts'
import { systemWords } from './words.ts'

type Checked = AnswerOf<'POST /api/v1/consistency-checks'>
type Finding = Checked['findings'][number]

/** Compares the ledger with all that is stored, and repairs when asked to. */
export function ConsistencyCheck() {
  const text = useWords(systemWords)
  const [isAsked, ask] = useState(false)
  const check = useChange('POST /api/v1/consistency-checks')
  const run = (repair: boolean) => {
    ask(false)
    check.mutate({ body: { repair } })
  }
  return (
    <section className="card" aria-label={text.checkTitle}>
      <header className="card-head">
        <h2>{text.checkTitle}</h2>
        <div className="card-actions">
          <button type="button" disabled={check.isPending} onClick={() => run(false)}>
            {text.check}
          </button>
          <button type="button" className="danger" disabled={check.isPending} onClick={() => ask(true)}>
            {text.repair}
          </button>
        </div>
      </header>
      <p className="quiet">{text.checkHint}</p>
      <div role="status">{check.isPending && <p>{text.checking}</p>}</div>
      {check.error && <Failure error={check.error} />}
      {check.data && !check.isPending && <Result checked={check.data} />}
      {isAsked && (
        <Question title={text.repairTitle} action={text.repairYes} onYes={() => run(true)} onClose={() => ask(false)}>
          <p>{text.repairEffect}</p>
        </Question>
      )}
    </section>
  )
}

/** A finding in the person's language, with the API's text for its figures. */
function Found({ finding }: { finding: Finding }) {
  const text = useWords(systemWords) as Record<string, unknown>
  const says = useLanguage() === 'zh' ? text[finding.kind] : undefined
  if (typeof says !== 'string') return finding.text
  return (
    <>
      {says} <ApiText text={finding.text} />
    </>
  )
}

function Result({ checked }: { checked: Checked }) {
  const text = useWords(systemWords)
  const { count } = useFormats()
  const { consistent, loads, requests, findings, loads_to_remove: toRemove } = checked
  const columns: Column<Finding>[] = [
    { ...{ name: 'finding', title: text.finding, value: (one) => one.text }, show: (one) => <Found finding={one} /> },
    { name: 'place', title: text.place, value: ({ place }) => place },
    { name: 'batch', title: text.batch, value: (one) => one.batch_name ?? one.batch_id },
    { name: 'repairable', title: text.repairable, value: (one) => (one.repairable ? text.yes : text.no) },
    { name: 'repaired', title: text.repaired, value: (one) => (one.repaired ? text.yes : text.no) },
    { name: 'action', title: text.action, value: ({ action }) => action },
  ]
  return (
    <>
      <p className={consistent ? 'mark-good' : 'mark-bad'}>
        {consistent ? text.consistent(count(loads), count(requests)) : text.inconsistent(count(findings.length))}
      </p>
      {Number(toRemove) > 0 && <p>{text.toRemove(count(toRemove))}</p>}
      {findings.length > 0 && (
        <DataTable
          caption={text.checkTitle}
          columns={columns}
          rows={findings}
          keyOf={(one) => `${one.kind} ${one.place} ${String(one.load_id)} ${one.text}`}
        />
      )}
    </>
  )
}
