import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useWords } from '../language/language.ts'
import { controlWords } from './words.ts'

type Props = { title: string; onClose(): void; children: ReactNode }

/** A window above the page. Escape and the button close it; the focus goes back to where it was. */
export function Dialog({ title, onClose, children }: Props) {
  const text = useWords(controlWords)
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    if (!box.current?.open) box.current?.showModal()
  }, [])
  return (
    <dialog ref={box} aria-labelledby={id} onClose={onClose}>
      <header className="card-head">
        <h2 id={id}>{title}</h2>
        <button type="button" onClick={() => box.current?.close()}>
          {text.close}
        </button>
      </header>
      {children}
    </dialog>
  )
}

type QuestionProps = { title: string; children: ReactNode; action: string; onYes(): void; onClose(): void }

/** Asks before something that cannot be undone. */
export function Question({ title, children, action, onYes, onClose }: QuestionProps) {
  const text = useWords(controlWords)
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div className="form-actions">
        <button type="button" onClick={onClose}>
          {text.cancel}
        </button>
        <button type="button" className="danger" onClick={onYes}>
          {action}
        </button>
      </div>
    </Dialog>
  )
}
