import { useState } from 'react'
import { useAnswer, useChange } from '../../api/answers.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { CopyValue } from '../../controls/copy-value.tsx'
import { Question } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { keyWords } from './key-words.ts'
import { type Overlap, OverlapSelect } from './overlap-select.tsx'

/** The secret that signs the own account's webhooks: asked for only when it is to be shown. */
export function WebhookSecret() {
  const text = useWords(keyWords)
  const [isShown, show] = useState(false)
  const [isAsked, ask] = useState(false)
  return (
    <section className="card" aria-label={text.webhookTitle}>
      <header className="card-head">
        <h2>{text.webhookTitle}</h2>
        <div className="card-actions">
          <button type="button" aria-expanded={isShown} onClick={() => show(!isShown)}>
            {isShown ? text.hideSecret : text.showSecret}
          </button>
          <button type="button" onClick={() => ask(true)}>
            {text.webhookRotate}
          </button>
        </div>
      </header>
      <p className="quiet">{text.webhookHint}</p>
      {isShown && <Secret />}
      {isAsked && <Rotate onClose={() => ask(false)} onDone={() => show(true)} />}
    </section>
  )
}

function Secret() {
  const text = useWords(keyWords)
  const { time } = useFormats()
  const { view } = useView()
  const secret = useAnswer('/api/v1/webhook-secret', {})
  return (
    <Answer of={secret}>
      {({ secret: now, previous_secret: before, previous_until: until }) => (
        <>
          <CopyValue key={now} label={text.secret} value={now} />
          {before !== null && <CopyValue label={text.previousSecret(time(Number(until), view.zone))} value={before} />}
        </>
      )}
    </Answer>
  )
}

function Rotate({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const text = useWords(keyWords)
  const [overlap, choose] = useState<Overlap>('86400')
  const rotate = useChange('POST /api/v1/webhook-secret/rotate')
  const done = () => {
    onDone()
    onClose()
  }
  const yes = () => rotate.mutate({ body: { overlap_seconds: Number(overlap) } }, { onSuccess: done })
  return (
    <Question title={text.webhookRotateTitle} action={text.webhookRotateYes} onYes={yes} onClose={onClose}>
      <p>{text.webhookRotateEffect}</p>
      <OverlapSelect label={text.overlap} value={overlap} onChange={choose} />
      {rotate.error && <Failure error={rotate.error} />}
    </Question>
  )
}
