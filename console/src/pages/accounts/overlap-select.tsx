import { Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { keyWords } from './key-words.ts'

export type Overlap = '0' | '3600' | '86400' | '604800' | '2592000'

type Props = { label: string; value: Overlap; onChange(value: Overlap): void }

/** Seconds that an old key, secret or link stays good. The API takes up to 30 days. */
export function OverlapSelect({ label, value, onChange }: Props) {
  const text = useWords(keyWords)
  const choices = [
    { value: '0', text: text.atOnce },
    { value: '3600', text: text.hour },
    { value: '86400', text: text.day },
    { value: '604800', text: text.week },
    { value: '2592000', text: text.month },
  ] as const
  return <Select label={label} value={value} choices={choices} onChange={onChange} />
}
