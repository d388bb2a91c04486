import { type ReactNode, useId } from 'react'

type Props = {
  label: string
  hint?: ReactNode
  /** Draws the control with the id that the label names. */
  children(id: string): ReactNode
}

/** A control with its label above, and a hint below. */
export function Field({ label, hint, children }: Props) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint !== undefined && <p className="quiet">{hint}</p>}
    </div>
  )
}

type SelectProps<C extends string> = {
  label: string
  value: C
  choices: readonly { value: C; text: string }[]
  onChange(value: C): void
}

/** A list to choose one of. */
export function Select<C extends string>({ label, value, choices, onChange }: SelectProps<C>) {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChange(event.target.value as C)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

type CheckboxProps = { label: string; isOn: boolean; onChange(isOn: boolean): void }

/** A box to tick, with its label beside it. */
export function Checkbox({ label, isOn, onChange }: CheckboxProps) {
  return (
    <label className="choice">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  )
}
