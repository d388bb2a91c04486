import type { AnswerOf } from '../../api/client.ts'
import { CopyValue } from '../../controls/copy-value.tsx'
import { Dialog } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { keyWords } from './key-words.ts'

type MadeKey = AnswerOf<'POST /api/v1/access-keys'> | AnswerOf<'POST /api/v1/access-keys/{accessKey}/rotate'>

type Props = { made: MadeKey; onClose(): void }

/** A new key with its secret, this once. Nothing of it stays in the page once it is closed. */
export function SecretDialog({ made, onClose }: Props) {
  const text = useWords(keyWords)
  const { time } = useFormats()
  const { view } = useView()
  return (
    <Dialog title={text.secretTitle} onClose={onClose}>
      <p className="warning">{text.secretWarning}</p>
      <CopyValue label={text.accessKey} value={made.access_key} />
      <CopyValue label={text.secretKey} value={made.secret_key} />
      {made.ingest_token !== null && <CopyValue label={text.ingestToken} value={made.ingest_token} />}
      {'replaces' in made && <p>{text.oldUntil(made.replaces, time(Number(made.old_until), view.zone))}</p>}
    </Dialog>
  )
}
