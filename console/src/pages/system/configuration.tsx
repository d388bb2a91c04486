import { useState } from 'react'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Checkbox, Field } from '../../controls/field.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useChoice, useText } from '../../view/use-choice.ts'
import type { ServerState } from './system-answer.ts'
import { systemWords } from './words.ts'

type Setting = ServerState['configuration'][number]
const path = '/api/v1/system'

/** Every setting in force, and where it came from. */
export function Configuration() {
  const text = useWords(systemWords)
  const system = useAnswer(path, {})
  const [kept, keep] = useText('find')
  const [search, find] = useState(kept)
  const [shown, show] = useChoice('settings', ['all', 'set'])
  return (
    <>
      <form
        className="card"
        aria-label={text.find}
        onSubmit={(event) => {
          event.preventDefault()
          keep(search)
        }}
      >
        <div className="choice-row">
          <Field label={text.find}>
            {(id) => (
              <input
                id={id}
                type="search"
                value={search}
                onChange={(event) => find(event.target.value)}
                // The address gets the words once, not letter by letter: the back button stays useful.
                onBlur={() => search !== kept && keep(search)}
              />
            )}
          </Field>
          <Checkbox label={text.setOnly} isOn={shown === 'set'} onChange={(isOn) => show(isOn ? 'set' : 'all')} />
        </div>
      </form>
      <Answer of={system}>
        {({ server }) => (
          <Settings
            all={server?.configuration ?? []}
            isFound={(one) =>
              `${one.name} ${one.variable} ${one.meaning}`.toLowerCase().includes(search.trim().toLowerCase()) &&
              (shown === 'all' || one.source !== 'default')
            }
          />
        )}
      </Answer>
    </>
  )
}

function Settings({ all, isFound }: { all: readonly Setting[]; isFound(one: Setting): boolean }) {
  const text = useWords(systemWords)
  const { count } = useFormats()
  const set = all.filter(({ source }) => source !== 'default').length
  const shownValue = (one: Setting) => (one.is_hidden ? text.hidden : one.value)
  const columns: Column<Setting>[] = [
    {
      name: 'setting',
      title: text.setting,
      value: ({ name }) => name,
      show: ({ name, variable }) => (
        <>
          <code>--{name}</code>
          <br />
          <code className="quiet">{variable}</code>
        </>
      ),
    },
    { name: 'value', title: text.value, value: shownValue },
    { name: 'source', title: text.source, value: ({ source }) => text[source] },
    { name: 'meaning', title: text.meaning, value: ({ meaning }) => meaning },
  ]
  return (
    <Figure
      title={text.configuration}
      sentence={text.configurationSentence(count(set), count(all.length))}
      columns={columns}
      rows={all.filter(isFound)}
      keyOf={({ name }) => name}
      fileName="configuration"
      request={{ path, query: {} }}
    />
  )
}
