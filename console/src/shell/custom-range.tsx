import { type FormEvent, useId, useState } from 'react'
import { Field } from '../controls/field.tsx'
import { useWords } from '../language/language.ts'
import { useView } from '../view/use-view.ts'
import { shellWords } from './shell-words.ts'

/** Start and end of a custom range; nothing is asked before they are applied. */
export function CustomRange() {
  const text = useWords(shellWords)
  const { view, change } = useView()
  const [from, setFrom] = useState(view.from)
  const [to, setTo] = useState(view.to)
  const problemId = useId()
  const isBad = !(from < to)
  const apply = (event: FormEvent) => {
    event.preventDefault()
    if (!isBad) change({ range: 'custom', from, to })
  }
  return (
    <form className="custom-range" onSubmit={apply}>
      <Field label={text.from}>
        {(id) => (
          <input id={id} type="datetime-local" step={300} value={from} onChange={(e) => setFrom(e.target.value)} />
        )}
      </Field>
      <Field label={text.to}>
        {(id) => (
          <input
            id={id}
            type="datetime-local"
            step={300}
            value={to}
            aria-invalid={isBad}
            aria-describedby={isBad ? problemId : undefined}
            onChange={(e) => setTo(e.target.value)}
          />
        )}
      </Field>
      <button type="submit" disabled={isBad || (from === view.from && to === view.to)}>
        {text.apply}
      </button>
      {isBad && (
        <p id={problemId} className="problem">
          {text.badRange}
        </p>
      )}
    </form>
  )
}
