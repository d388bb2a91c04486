import { type FormEvent, useState } from 'react'
import { useAnswer, useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { Field, Select } from '../../controls/field.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { localText, timeOf } from '../../view/zone-time.ts'
import { batchWords } from './batch-words.ts'
import { ForgetEffect, type Forgotten } from './forget-effect.tsx'
import { rangeTimes } from './range-times.ts'
import { logWords } from './words.ts'

type Asked = { source: string; account_id?: string; start_time: number; end_time: number }

/** Forgets a source's batches of a time. The effect is shown before it is asked for. */
export function ForgetRange() {
  const text = useWords(batchWords)
  const { bytes, count } = useFormats()
  const look = useChange('POST /api/v1/log-batches/forget')
  const forget = useChange('POST /api/v1/log-batches/forget')
  const [shown, setShown] = useState<{ asked: Asked; answer: Forgotten } | null>(null)
  const [isAsked, ask] = useState(false)
  const show = (asked: Asked) => {
    setShown(null)
    forget.reset()
    look.mutate({ body: { ...asked, dry_run: true } }, { onSuccess: (answer) => setShown({ asked, answer }) })
  }
  const yes = () => {
    if (shown) forget.mutate({ body: { ...shown.asked, dry_run: false } })
    setShown(null)
    ask(false)
  }
  const done = forget.data?.forgotten
  return (
    <details className="card">
      <summary>{text.range}</summary>
      <div className="form-rows">
        <p className="quiet">{text.rangeHint}</p>
        <RangeForm onShow={show} isWaiting={look.isPending} />
        {look.error && <Failure error={look.error} />}
        {shown && <ForgetEffect answer={shown.answer} onForget={() => ask(true)} />}
        {forget.error && <Failure error={forget.error} />}
        <p role="status">{done && text.rangeDone(count(done.batches), count(done.requests), bytes(done.flux))}</p>
        {isAsked && shown && (
          <Question title={text.rangeTitle} action={text.forgetYes} onYes={yes} onClose={() => ask(false)}>
            <ForgetEffect answer={shown.answer} />
            <p>{text.forgetLater}</p>
          </Question>
        )}
      </div>
    </details>
  )
}

function RangeForm({ onShow, isWaiting }: { onShow(asked: Asked): void; isWaiting: boolean }) {
  const text = useWords(batchWords)
  const words = useWords(logWords)
  const { view, range } = useView()
  const times = rangeTimes(range, view.zone)
  const [source, setSource] = useState('')
  const [account, setAccount] = useState('')
  const [from, setFrom] = useState(localText(times.start_time, view.zone))
  const [to, setTo] = useState(localText(times.end_time, view.zone))
  const accounts = useAnswer('/api/v1/accounts', {}).data?.accounts ?? []
  const [start, end] = [timeOf(from, view.zone), timeOf(to, view.zone)]
  const isWrong = !(start < end)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const owner = account === '' ? {} : { account_id: account }
    onShow({ source: source.trim(), ...owner, start_time: start, end_time: end })
  }
  return (
    <form className="choice-row" onSubmit={submit}>
      <Field label={words.source}>
        {(id) => (
          <input
            id={id}
            required
            placeholder="default"
            value={source}
            onChange={(event) => setSource(event.target.value)}
          />
        )}
      </Field>
      <Select
        label={text.ofAccount}
        value={account}
        choices={[
          { value: '', text: text.ownAccount },
          ...accounts.map(({ account_id, name }) => ({ value: account_id, text: name })),
        ]}
        onChange={setAccount}
      />
      <Field label={`${text.from} (${view.zone})`}>
        {(id) => (
          <input
            id={id}
            type="datetime-local"
            required
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        )}
      </Field>
      <Field label={`${text.to} (${view.zone})`}>
        {(id) => (
          <input
            id={id}
            type="datetime-local"
            required
            aria-invalid={isWrong}
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        )}
      </Field>
      <button type="submit" disabled={isWrong || isWaiting}>
        {text.show}
      </button>
      {isWrong && <p className="problem">{text.badRange}</p>}
    </form>
  )
}
