import { Field, Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { type FieldName, takes } from './actions.ts'
import type { FormState } from './use-request.ts'
import { exportWords } from './words.ts'

type Props = { form: FormState }

/** A field of text of the form. */
export function TextField({ form, name, label, hint }: Props & { name: FieldName; label: string; hint?: string }) {
  if (!takes(form.action, name, form.fields)) return null
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input id={id} value={form.fields[name] ?? ''} onChange={(event) => form.set({ [name]: event.target.value })} />
      )}
    </Field>
  )
}

type Choices = readonly { value: string; text: string }[]

/** A list of the form; its first choice is the default, which stands in no address. */
export function ChoiceField({
  form,
  name,
  label,
  choices,
}: Props & { name: FieldName; label: string; choices: Choices }) {
  if (!takes(form.action, name, form.fields)) return null
  return (
    <Select
      label={label}
      value={form.fields[name] ?? ''}
      choices={choices}
      onChange={(value) => form.set({ [name]: value })}
    />
  )
}

/** Fields that decide on the rows: domains, buckets and places. */
export function RowFields({ form }: Props) {
  const text = useWords(exportWords)
  const provinceHint = form.action === 'isp_detail' ? text.provinceIspHint : text.provinceHint
  return (
    <div className="choice-row">
      <ChoiceField
        form={form}
        name="group_by"
        label={text.groupBy}
        choices={[
          { value: '', text: text.summed },
          { value: 'domain', text: text.byDomain },
        ]}
      />
      <ChoiceField
        form={form}
        name="interval"
        label={text.interval}
        choices={[
          { value: '', text: text.byItself },
          { value: '300', text: text.fiveMinutes },
          { value: '3600', text: text.hour },
        ]}
      />
      <ChoiceField
        form={form}
        name="stat_type"
        label={text.statType}
        choices={[
          { value: '', text: text.flux },
          { value: 'req_num', text: text.req_num },
        ]}
      />
      <TextField form={form} name="limit" label={text.limit} hint={text.limitHint} />
      <TextField form={form} name="country" label={text.country} hint={text.countryHint} />
      <TextField form={form} name="province" label={text.province} hint={provinceHint} />
      <TextField form={form} name="isp" label={text.isp} hint={text.ispHint} />
    </div>
  )
}
