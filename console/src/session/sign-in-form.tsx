import { type FormEvent, useState } from 'react'
import { Failure } from '../controls/answer.tsx'
import { Field } from '../controls/field.tsx'
import { useWords } from '../language/language.ts'
import { sessionWords } from './session-words.ts'
import { signIn } from './sign-in.ts'

type Props = { notice: string | null; onSignedIn(): void }

/** The form that asks for a key and its secret. Nothing of them stays in the page. */
export function SignIn({ notice, onSignedIn }: Props) {
  const text = useWords(sessionWords)
  const [error, setError] = useState<Error | null>(null)
  const [isWaiting, setWaiting] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    setWaiting(true)
    try {
      await signIn({ access_key: String(data.get('access_key')), secret_key: String(data.get('secret_key')) })
      onSignedIn()
    } catch (problem) {
      setError(problem as Error)
    } finally {
      setWaiting(false)
    }
  }
  return (
    <main className="sign-in card">
      <h1>{text.title}</h1>
      {notice && <p role="status">{notice}</p>}
      <form onSubmit={(event) => void submit(event)}>
        <Field label={text.accessKey}>
          {(id) => <input id={id} name="access_key" autoComplete="username" required maxLength={200} />}
        </Field>
        <Field label={text.secretKey}>
          {(id) => (
            <input id={id} name="secret_key" type="password" autoComplete="current-password" required maxLength={200} />
          )}
        </Field>
        {error && <Failure error={error} />}
        <button type="submit" className="primary" disabled={isWaiting}>
          {text.signIn}
        </button>
      </form>
      <p className="quiet">{text.hint}</p>
    </main>
  )
}
