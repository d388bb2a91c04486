import { useState } from 'react'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { CopyValue } from '../../controls/copy-value.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { auditWords } from './audit-words.ts'

/** Checks the chain of digests when it is asked to: the check reads the whole log. */
export function AuditChain() {
  const text = useWords(auditWords)
  const { count } = useFormats()
  const [isOn, start] = useState(false)
  const chain = useAnswer('/api/v1/audit/chain', {}, { isOn })
  const check = () => (isOn ? void chain.refetch() : start(true))
  return (
    <section className="card" aria-label={text.chainTitle}>
      <header className="card-head">
        <h2>{text.chainTitle}</h2>
        <div className="card-actions">
          <button type="button" onClick={check} disabled={chain.isFetching}>
            {text.check}
          </button>
        </div>
      </header>
      <p className="quiet">{text.chainHint}</p>
      {isOn && (
        <Answer of={chain}>
          {({ intact, events, broken_event_id: broken, first_event_id: first, head }) => (
            <div className="page" role="status">
              <p className={intact ? 'mark-good' : 'mark-bad'}>
                {intact ? text.intact(count(events)) : text.broken(String(broken))}
              </p>
              {first !== null && (
                <p>
                  {text.first}: {String(first)}
                </p>
              )}
              {head !== null && <CopyValue label={text.head} value={head} />}
            </div>
          )}
        </Answer>
      )}
    </section>
  )
}
