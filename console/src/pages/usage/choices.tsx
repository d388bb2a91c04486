import { Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { useChoice } from '../../view/use-choice.ts'
import { figureNames } from './figures.ts'
import { intervals, splits } from './use-usage.ts'
import { usageWords } from './words.ts'

/** Chooses the figure, its step, and how it is split. */
export function Choices() {
  const text = useWords(usageWords)
  const [figure, setFigure] = useChoice('figure', figureNames)
  const [interval, setInterval] = useChoice('interval', intervals)
  const [split, setSplit] = useChoice('split', splits)
  const named = <C extends keyof typeof text>(choices: readonly C[]) =>
    choices.map((value) => ({ value, text: text[value] as string }))
  return (
    <div className="choice-row">
      <Select label={text.figure} value={figure} choices={named(figureNames)} onChange={setFigure} />
      <Select label={text.interval} value={interval} choices={named(intervals)} onChange={setInterval} />
      {figure !== 'status' && <Select label={text.split} value={split} choices={named(splits)} onChange={setSplit} />}
    </div>
  )
}
