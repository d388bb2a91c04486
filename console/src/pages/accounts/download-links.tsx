import { useState } from 'react'
import { useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { keyWords } from './key-words.ts'
import { type Overlap, OverlapSelect } from './overlap-select.tsx'

/** Ends the download links of all accounts, and asks first. */
export function DownloadLinks() {
  const text = useWords(keyWords)
  const { time } = useFormats()
  const { view } = useView()
  const [isAsked, ask] = useState(false)
  const [overlap, choose] = useState<Overlap>('0')
  const rotate = useChange('POST /api/v1/download-links/rotate')
  const yes = () => rotate.mutate({ body: { overlap_seconds: Number(overlap) } }, { onSuccess: () => ask(false) })
  const until = rotate.data?.old_until ?? null
  return (
    <section className="card" aria-label={text.linksTitle}>
      <header className="card-head">
        <h2>{text.linksTitle}</h2>
        <div className="card-actions">
          <button type="button" className="danger" onClick={() => ask(true)}>
            {text.linksRotate}
          </button>
        </div>
      </header>
      <p className="quiet">{text.linksHint}</p>
      <p role="status">
        {rotate.data ? (until === null ? text.linksEnded : text.linksUntil(time(Number(until), view.zone))) : ''}
      </p>
      {isAsked && (
        <Question title={text.linksRotateTitle} action={text.linksRotateYes} onYes={yes} onClose={() => ask(false)}>
          <p>{text.linksRotateEffect}</p>
          <OverlapSelect label={text.linksOverlap} value={overlap} onChange={choose} />
          {rotate.error && <Failure error={rotate.error} />}
        </Question>
      )}
    </section>
  )
}
