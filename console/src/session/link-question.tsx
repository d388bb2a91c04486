import { useWords } from '../language/language.ts'
import { sessionWords } from './session-words.ts'

type Props = { name: string; onUse(): void; onStay(): void }

/** Asks a person who is signed in whether a link may sign them in anew. */
export function LinkQuestion({ name, onUse, onStay }: Props) {
  const text = useWords(sessionWords)
  return (
    <main className="sign-in card">
      <h1>{text.linkTitle}</h1>
      <p>{text.linkAsks(name)}</p>
      <div className="form-actions">
        <button type="button" onClick={onUse}>
          {text.linkUse}
        </button>
        <button type="button" className="primary" onClick={onStay}>
          {text.linkStay(name)}
        </button>
      </div>
    </main>
  )
}
