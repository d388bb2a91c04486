import { useState } from 'react'
import { useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { useWords } from '../../language/language.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import { keyWords } from './key-words.ts'
import { type Overlap, OverlapSelect } from './overlap-select.tsx'
import { SecretDialog } from './secret-dialog.tsx'

/** Makes a key in place of another, and shows its secret. */
export function RotateKey({ accessKey, onClose }: { accessKey: string; onClose(): void }) {
  const text = useWords(keyWords)
  const own = useOwnAccount()
  const [overlap, choose] = useState<Overlap>('86400')
  const rotate = useChange('POST /api/v1/access-keys/{accessKey}/rotate')
  if (rotate.data) return <SecretDialog made={rotate.data} onClose={onClose} />
  const yes = () => rotate.mutate({ path: { accessKey }, body: { overlap_seconds: Number(overlap) } })
  return (
    <Question title={text.rotateTitle(accessKey)} action={text.rotateYes} onYes={yes} onClose={onClose}>
      <p>{text.rotateEffect}</p>
      {accessKey === own.access_key && <p className="warning">{text.rotateSelf}</p>}
      <OverlapSelect label={text.overlap} value={overlap} onChange={choose} />
      {rotate.error && <Failure error={rotate.error} />}
    </Question>
  )
}
