import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { answers, useChange } from '../../api/answers.ts'
import { queryText, send } from '../../api/client.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { Field } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { geoWords } from './geo-words.ts'

/** SHA-256 of a file, in hexadecimal digits. */
async function hashOf(file: File): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Sends whole files, one after another in one body. */
async function update(form: FormData): Promise<unknown> {
  const files = form.getAll('files').filter((one): one is File => one instanceof File)
  const named = []
  for (const file of files) named.push({ name: file.name, bytes: file.size, sha256: await hashOf(file) })
  const query = { files: JSON.stringify(named), licence: form.get('licence'), attribution: form.get('attribution') }
  return await send('POST', `/api/v1/geo/updates${queryText(query)}`, {
    body: new Blob(files),
    headers: { 'Content-Type': 'application/octet-stream' },
  })
}

/** Brings the geographic data up to date by files, or returns to the built-in data. */
export function GeoUpdate({ builtIn, isBuiltIn }: { builtIn: string; isBuiltIn: boolean }) {
  const text = useWords(geoWords)
  const change = useMutation({ mutationFn: update, onSuccess: () => void answers.invalidateQueries() })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    change.mutate(new FormData(event.currentTarget))
  }
  // Only pages from https or localhost can hash.
  const isSecure = window.isSecureContext
  return (
    <form className="card" aria-label={text.updateTitle} onSubmit={submit}>
      <h2>{text.updateTitle}</h2>
      <p className="quiet">{text.updateHint}</p>
      {!isSecure && <p className="warning">{text.insecure}</p>}
      <Field label={text.files}>{(id) => <input id={id} name="files" type="file" multiple required />}</Field>
      <div className="form-grid">
        <Field label={text.licence} hint={text.licenceHint}>
          {(id) => <input id={id} name="licence" maxLength={200} />}
        </Field>
        <Field label={text.attribution}>{(id) => <input id={id} name="attribution" maxLength={500} />}</Field>
      </div>
      <div className="form-actions">
        <button type="submit" className="primary" disabled={!isSecure || change.isPending}>
          {text.update}
        </button>
        {!isBuiltIn && <Reset builtIn={builtIn} />}
      </div>
      <p role="status">{change.isPending ? text.reading : change.isSuccess ? text.updated : ''}</p>
      {change.error && <Failure error={change.error} />}
    </form>
  )
}

function Reset({ builtIn }: { builtIn: string }) {
  const text = useWords(geoWords)
  const [isAsked, ask] = useState(false)
  const reset = useChange('DELETE /api/v1/geo/imports')
  const yes = () => {
    reset.mutate({})
    ask(false)
  }
  return (
    <>
      <button type="button" className="danger" disabled={reset.isPending} onClick={() => ask(true)}>
        {text.reset}
      </button>
      {reset.error && <Failure error={reset.error} />}
      {isAsked && (
        <Question title={text.resetTitle} action={text.resetYes} onYes={yes} onClose={() => ask(false)}>
          <p>{text.resetEffect(builtIn)}</p>
        </Question>
      )}
    </>
  )
}
