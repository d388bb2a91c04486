import { type FormEvent, useState } from 'react'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Field, Select } from '../../controls/field.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useChoice, useText } from '../../view/use-choice.ts'
import { useBatchColumns } from './batch-columns.tsx'
import { batchWords } from './batch-words.ts'
import { hasEnded } from './delivery.ts'
import { ForgetRange } from './forget-range.tsx'
import { logWords } from './words.ts'

const pageBatches = 50
const movingMs = 2_000
const idleMs = 10_000
const states = ['all', 'queued', 'loading', 'loaded', 'duplicate', 'failed', 'quarantined', 'forgotten'] as const

/** The batches, newest first. Renews itself, more often while one is under way. */
export function Batches() {
  const text = useWords(batchWords)
  const words = useWords(logWords)
  const [state, setState] = useChoice('state', states)
  const [offsetText] = useText('offset')
  const offset = Math.max(0, Math.floor(Number(offsetText) || 0))
  const query = { limit: pageBatches, offset, ...(state === 'all' ? {} : { state }) }
  const list = useAnswer('/api/v1/log-batches', query, { everyMs: idleMs })
  const isMoving = list.data?.batches.some((batch) => !hasEnded(batch)) === true
  // A second watcher of the same answer sets the faster pace.
  useAnswer('/api/v1/log-batches', query, { isOn: isMoving, everyMs: movingMs })
  const columns = useBatchColumns()
  return (
    <>
      <section className="card" aria-labelledby="batches">
        <header className="card-head">
          <h2 id="batches">{text.title}</h2>
          <div className="choice-row">
            <OpenByNumber />
            <Select
              label={words.state}
              value={state}
              choices={states.map((value) => ({ value, text: value === 'all' ? text.allStates : words[value] }))}
              onChange={setState}
            />
          </div>
        </header>
        <Answer of={list}>
          {({ total, batches }) => (
            <>
              {batches.length === 0 ? (
                <p className="quiet">{text.none}</p>
              ) : (
                <DataTable
                  caption={text.title}
                  columns={columns}
                  rows={batches}
                  keyOf={(batch) => Number(batch.batch_id)}
                />
              )}
              <Pager total={Number(total)} offset={offset} shown={batches.length} />
            </>
          )}
        </Answer>
      </section>
      <ForgetRange />
    </>
  )
}

function OpenByNumber() {
  const text = useWords(batchWords)
  const [, open] = useText('batch')
  const [number, setNumber] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    open(number.trim())
  }
  return (
    <form className="choice-row" onSubmit={submit}>
      <Field label={text.find}>
        {(id) => (
          <input
            id={id}
            inputMode="numeric"
            pattern="\s*\d+\s*"
            required
            value={number}
            onChange={(event) => setNumber(event.target.value)}
          />
        )}
      </Field>
      <button type="submit">{text.open}</button>
    </form>
  )
}

function Pager({ total, offset, shown }: { total: number; offset: number; shown: number }) {
  const text = useWords(batchWords)
  const { count } = useFormats()
  const [, setOffset] = useText('offset')
  if (total <= pageBatches && offset === 0) return null
  const to = (at: number) => setOffset(at <= 0 ? '' : String(at))
  return (
    <nav className="pager" aria-label={text.title}>
      <button type="button" disabled={offset === 0} onClick={() => to(offset - pageBatches)}>
        {text.newer}
      </button>
      <span>{text.page(count(shown === 0 ? 0 : offset + 1), count(offset + shown), count(total))}</span>
      <button type="button" disabled={offset + shown >= total} onClick={() => to(offset + pageBatches)}>
        {text.older}
      </button>
    </nav>
  )
}
