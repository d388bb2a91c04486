import { type FormEvent, useState } from 'react'
import { useAnswer, useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Checkbox, Field, Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { type Cadence, type CadenceFields, cadenceBody, fieldsOf, type Kind } from './cadence-fields.ts'
import { cadenceWords } from './cadence-words.ts'

type Props = { cadence: Cadence | null; onDone(): void }

/** States when a source reports; filled in where one is changed. */
export function CadenceForm({ cadence, onDone }: Props) {
  const text = useWords(cadenceWords)
  const { view } = useView()
  const [fields, setFields] = useState<CadenceFields>(() => fieldsOf(cadence, view.zone))
  const set = (change: Partial<CadenceFields>) => setFields({ ...fields, ...change })
  const put = useChange('PUT /api/v1/coverage/cadences/{source}')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const query = fields.account === '' ? {} : { account: fields.account }
    const body = cadenceBody(fields, view.zone)
    put.mutate({ path: { source: fields.source.trim() }, query, body }, { onSuccess: onDone })
  }
  return (
    <section className="card" aria-labelledby="cadence-form">
      <h2 id="cadence-form">{text.form}</h2>
      <form className="form-rows" onSubmit={submit}>
        <div className="choice-row cadence-fields">
          <Field label={text.source} hint={text.sourceHint}>
            {(id) => (
              <input id={id} required value={fields.source} onChange={(event) => set({ source: event.target.value })} />
            )}
          </Field>
          <AccountField account={fields.account} onChange={(account) => set({ account })} />
          <Select<Kind>
            label={text.kind}
            value={fields.kind}
            choices={[
              { value: 'stream', text: text.stream },
              { value: 'hour', text: text.perHour },
              { value: 'day', text: text.perDay },
            ]}
            onChange={(kind) => set({ kind })}
          />
          <RhythmFields fields={fields} set={set} />
        </div>
        <p className="quiet">{text.saveEffect}</p>
        {put.error && <Failure error={put.error} />}
        <p role="status" className={put.data ? '' : 'unseen'}>
          {put.data && text.done(put.data.source)}
        </p>
        <div className="form-actions">
          <button type="submit" className="primary" disabled={put.isPending}>
            {text.save}
          </button>
        </div>
      </form>
    </section>
  )
}

function AccountField({ account, onChange }: { account: string; onChange(account: string): void }) {
  const text = useWords(cadenceWords)
  const accounts = useAnswer('/api/v1/accounts', {}).data?.accounts ?? []
  return (
    <Select
      label={text.account}
      value={account}
      choices={[
        { value: '', text: text.ownAccount },
        { value: '*', text: text.everyAccount },
        ...accounts.map(({ account_id, name }) => ({ value: account_id, text: name })),
      ]}
      onChange={onChange}
    />
  )
}

type FieldsProps = { fields: CadenceFields; set(change: Partial<CadenceFields>): void }

function RhythmFields({ fields, set }: FieldsProps) {
  const text = useWords(cadenceWords)
  const { view } = useView()
  const input = (
    name: keyof CadenceFields,
    label: string,
    more: { type?: string; hint?: string; required?: boolean },
  ) => (
    <Field label={label} hint={more.hint}>
      {(id) => (
        <input
          id={id}
          type={more.type ?? 'text'}
          required={more.required}
          min={more.type === 'number' ? 0 : undefined}
          value={String(fields[name])}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  )
  return (
    <>
      {fields.kind !== 'stream' && input('files', text.files, { type: 'number', required: true })}
      {fields.kind === 'day' && input('dayZone', text.dayZone, { required: true })}
      {fields.kind === 'hour' && (
        <Checkbox label={text.skips} isOn={fields.skips} onChange={(isOn) => set({ skips: isOn })} />
      )}
      {input('delay', text.delaySeconds, { type: 'number', hint: text.delayHint })}
      {input('domains', text.domainsField, { hint: text.domainsHint })}
      {input('from', `${text.fromField} (${view.zone})`, { type: 'datetime-local' })}
      {input('until', `${text.untilField} (${view.zone})`, { type: 'datetime-local' })}
    </>
  )
}
