import { useState } from 'react'
import { useWords } from '../language/language.ts'
import { Field } from './field.tsx'
import { controlWords } from './words.ts'

/** A text to take away: it can be selected, and a button copies it. */
export function CopyValue({ label, value }: { label: string; value: string }) {
  const text = useWords(controlWords)
  const [isCopied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(value).then(() => setCopied(true))
  return (
    <div className="copy-value">
      <Field label={label}>{(id) => <input id={id} readOnly value={value} spellCheck={false} />}</Field>
      <button type="button" onClick={copy} aria-label={text.copyOf(label)}>
        {isCopied ? text.copied : text.copy}
      </button>
    </div>
  )
}
