import { type FormEvent, useState } from 'react'
import type { Operations } from '../../../generated/operations.ts'
import { useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Field } from '../../controls/field.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import type { Account } from './account-list.tsx'
import { settingsWords } from './settings-words.ts'

type Settings = Operations['PUT /api/v1/accounts/{accountId}/settings']['body']
const counts = ['tasks_waiting_max', 'tasks_running_max', 'rows_max', 'stored_bytes_max'] as const
const commits = ['commit_traffic_bytes', 'commit_bandwidth_bps'] as const
const numbers: readonly string[] = [...counts, ...commits]

/** The settings of a form: an empty field is left out, and becomes the server's. */
function settingsOf(data: FormData): Settings {
  const given = [...data].filter(([, value]) => String(value).trim() !== '')
  const typed = given.map(([name, value]) => [name, numbers.includes(name) ? Number(value) : String(value).trim()])
  return Object.fromEntries(typed) as Settings
}

/** An account's own limits, commits and defaults. */
export function SettingsForm({ account }: { account: Account }) {
  const text = useWords(settingsWords)
  const save = useChange('PUT /api/v1/accounts/{accountId}/settings')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate({ path: { accountId: account.account_id }, body: settingsOf(new FormData(event.currentTarget)) })
  }
  const { settings } = account
  return (
    <form className="card" onSubmit={submit} aria-label={text.title}>
      <h2>{text.title}</h2>
      <p className="quiet">{text.hint}</p>
      <div className="settings-groups">
        <fieldset>
          <legend>{text.limits}</legend>
          {counts.map((name) => (
            <NumberField key={name} name={name} value={settings[name]} />
          ))}
        </fieldset>
        <fieldset>
          <legend>{text.commits}</legend>
          {commits.map((name) => (
            <NumberField key={name} name={name} value={settings[name]} />
          ))}
        </fieldset>
        <Defaults settings={settings} />
      </div>
      <div className="form-actions">
        <button type="submit" className="primary" disabled={save.isPending}>
          {text.save}
        </button>
        <span role="status">{save.isSuccess ? text.saved : ''}</span>
      </div>
      {save.error && <Failure error={save.error} />}
    </form>
  )
}

type NumberName = (typeof counts)[number] | (typeof commits)[number]

/** A whole number; below it the same with its unit. */
function NumberField({ name, value }: { name: NumberName; value: number | bigint | undefined }) {
  const text = useWords(settingsWords)
  const { bytes, bits, count } = useFormats()
  const [typed, type] = useState(value === undefined ? '' : String(value))
  const written = name.endsWith('_bps') ? bits : name.includes('bytes') ? bytes : count
  const hint = typed === '' ? text.server : /^\d{1,16}$/.test(typed) ? written(Number(typed)) : '–'
  return (
    <Field label={text[name]} hint={hint}>
      {(id) => (
        <input
          id={id}
          name={name}
          inputMode="numeric"
          pattern="[1-9][0-9]{0,15}"
          value={typed}
          onChange={(event) => type(event.target.value.trim())}
        />
      )}
    </Field>
  )
}

function Defaults({ settings }: { settings: Settings }) {
  const text = useWords(settingsWords)
  const choices = useChoices()
  return (
    <fieldset>
      <legend>{text.defaults}</legend>
      {choices.map(({ name, values }) => (
        <Field key={name} label={text[name]}>
          {(id) => (
            <select id={id} name={name} defaultValue={settings[name] ?? ''}>
              <option value="">{text.server}</option>
              {Object.entries(values).map(([value, shown]) => (
                <option key={value} value={value}>
                  {shown}
                </option>
              ))}
            </select>
          )}
        </Field>
      ))}
      <Field label={text.default_time_zone} hint={text.server}>
        {(id) => (
          <>
            <input id={id} name="default_time_zone" list={`${id}-zones`} defaultValue={settings.default_time_zone} />
            <datalist id={`${id}-zones`}>
              {Intl.supportedValuesOf('timeZone').map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
    </fieldset>
  )
}

function useChoices() {
  const text = useWords(settingsWords)
  const { global, mainland_china, outside_mainland_china, zh, en } = text
  return [
    { name: 'default_format', values: { csv: 'CSV', xlsx: 'XLSX', parquet: 'Parquet', jsonl: 'JSON Lines' } },
    { name: 'default_compression', values: { none: text.uncompressed, gzip: 'gzip', zip: 'zip' } },
    { name: 'default_service_area', values: { global, mainland_china, outside_mainland_china } },
    { name: 'default_language', values: { zh, en } },
    { name: 'default_csv_delimiter', values: { ',': text.comma, ';': text.semicolon, tab: text.tab } },
    { name: 'default_csv_decimal', values: { '.': text.point, ',': text.comma } },
    { name: 'default_csv_bom', values: { true: text.yes, false: text.no } },
  ] as const
}
