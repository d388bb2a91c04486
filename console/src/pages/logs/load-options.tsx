import { useId } from 'react'
import { Field, Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import type { LoadOptions } from './delivery.ts'
import { formats } from './formats.ts'
import { loadWords } from './load-words.ts'

const areas = ['', 'by_country', 'mainland_china', 'outside_mainland_china'] as const

type Props = { options: LoadOptions; onChange(options: LoadOptions): void }

/** Choices that hold for each file that is loaded. */
export function LoadOptionsForm({ options, onChange }: Props) {
  const text = useWords(loadWords)
  const [formatsId, zonesId] = [useId(), useId()]
  const areaNames = { '': text.asServer, ...text }
  return (
    <fieldset className="card load-options">
      <legend>{text.options}</legend>
      <div className="choice-row">
        <TextOption
          name="format"
          label={text.format}
          hint={text.formatHint}
          list={formatsId}
          {...{ options, onChange }}
        />
        <TextOption name="domain" label={text.domain} {...{ options, onChange }} />
        <TextOption
          name="log_zone"
          label={text.logZone}
          hint={text.logZoneHint}
          list={zonesId}
          {...{ options, onChange }}
        />
        <TextOption name="source" label={text.source} hint={text.sourceHint} {...{ options, onChange }} />
        <Select
          label={text.area}
          value={(options.service_area ?? '') as (typeof areas)[number]}
          choices={areas.map((value) => ({ value, text: areaNames[value] }))}
          onChange={(area) => onChange(withOption(options, 'service_area', area))}
        />
        <Field label={text.percent} hint={text.percentHint}>
          {(id) => (
            <input
              id={id}
              type="number"
              min={0}
              max={100}
              value={options.rejected_percent_max ?? ''}
              onChange={(event) => onChange(withOption(options, 'rejected_percent_max', event.target.value))}
            />
          )}
        </Field>
      </div>
      <datalist id={formatsId}>
        {formats.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id={zonesId}>
        {Intl.supportedValuesOf('timeZone').map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </fieldset>
  )
}

type TextName = 'format' | 'domain' | 'log_zone' | 'source'
type OptionProps = Props & { name: TextName; label: string; hint?: string; list?: string }

function TextOption({ name, label, hint, list, options, onChange }: OptionProps) {
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          list={list}
          value={options[name] ?? ''}
          placeholder={name === 'format' ? 'auto' : undefined}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(withOption(options, name, event.target.value))}
        />
      )}
    </Field>
  )
}

/** The options with one changed; an empty one is left to the server. */
function withOption(options: LoadOptions, name: keyof LoadOptions, value: string): LoadOptions {
  const { [name]: _before, ...others } = options
  const trimmed = value.trim()
  if (trimmed === '') return others
  return { ...others, [name]: name === 'rejected_percent_max' ? Number(trimmed) : trimmed }
}
