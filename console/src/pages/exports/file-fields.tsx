import type { ReactNode } from 'react'
import { useWords } from '../../language/language.ts'
import { ChoiceField, TextField } from './row-fields.tsx'
import type { FormState } from './use-request.ts'
import { exportWords } from './words.ts'

const requireFinal = ['', 'true', 'strict', 'fail', 'strict_fail'] as const

/** The form of the file, and when it is made. */
export function FileFields({ form }: { form: FormState }) {
  const text = useWords(exportWords)
  return (
    <div className="choice-row">
      <ChoiceField
        form={form}
        name="format"
        label={text.format}
        choices={(['csv', 'xlsx', 'parquet', 'jsonl'] as const).map((value) => ({ value, text: text[value] }))}
      />
      <ChoiceField
        form={form}
        name="compression"
        label={text.compression}
        choices={[
          { value: '', text: text.asAccount },
          ...(['none', 'gzip', 'zip'] as const).map((value) => ({ value, text: text[value] })),
        ]}
      />
      <ChoiceField
        form={form}
        name="language"
        label={text.language}
        choices={(['zh', 'en'] as const).map((value) => ({ value, text: text[value] }))}
      />
      <ChoiceField
        form={form}
        name="require_final"
        label={text.requireFinal}
        choices={requireFinal.map((value) => ({ value, text: text[`rf_${value}`] }))}
      />
      <TextField form={form} name="require_final_wait_seconds" label={text.waitSeconds} hint={text.waitHint} />
    </div>
  )
}

/** Fields that few need: the form of CSV, the column of completeness, and its children. */
export function MoreFields({ form, children }: { form: FormState; children: ReactNode }) {
  const text = useWords(exportWords)
  return (
    <details>
      <summary>{text.more}</summary>
      <div className="choice-row">
        <ChoiceField
          form={form}
          name="coverage_column"
          label={text.coverageColumn}
          choices={[
            { value: '', text: text.no },
            { value: 'true', text: text.yes },
          ]}
        />
        <ChoiceField
          form={form}
          name="csv_delimiter"
          label={text.delimiter}
          choices={[
            { value: '', text: text.asAccount },
            { value: ',', text: text.comma },
            { value: ';', text: text.semicolon },
            { value: 'tab', text: text.tab },
          ]}
        />
        <ChoiceField
          form={form}
          name="csv_decimal"
          label={text.decimal}
          choices={[
            { value: '', text: text.asAccount },
            { value: '.', text: text.point },
            { value: ',', text: text.comma },
          ]}
        />
        <ChoiceField
          form={form}
          name="csv_bom"
          label={text.bom}
          choices={[
            { value: '', text: text.bomDefault },
            { value: 'true', text: text.yes },
            { value: 'false', text: text.no },
          ]}
        />
        {children}
      </div>
    </details>
  )
}
