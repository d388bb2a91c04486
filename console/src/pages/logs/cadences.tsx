import { useState } from 'react'
import { useAnswer, useChange } from '../../api/answers.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { useWords } from '../../language/language.ts'
import { useText } from '../../view/use-choice.ts'
import { useCadenceColumns } from './cadence-columns.tsx'
import type { Cadence } from './cadence-fields.ts'
import { CadenceForm } from './cadence-form.tsx'
import { cadenceWords } from './cadence-words.ts'
import { Suggestions } from './suggestions.tsx'

/** The name by which the address knows a cadence. */
const keyOf = ({ account_id, source }: Cadence): string => `${account_id ?? '*'} ${source}`

/** When sources report: stated, suggested, and the form that states it. */
export function Cadences() {
  const text = useWords(cadenceWords)
  const cadences = useAnswer('/api/v1/coverage/cadences', {})
  const [edited, edit] = useText('cadence')
  const [removed, askRemoval] = useState<Cadence | null>(null)
  const columns = useCadenceColumns({ onEdit: (cadence) => edit(keyOf(cadence)), onRemove: askRemoval })
  const chosen = cadences.data?.cadences.find((cadence) => keyOf(cadence) === edited) ?? null
  return (
    <>
      <section className="card" aria-labelledby="cadences">
        <h2 id="cadences">{text.title}</h2>
        <p>{text.lead}</p>
        <Answer of={cadences}>
          {({ cadences: stated }) =>
            stated.length === 0 ? (
              <p className="quiet">{text.none}</p>
            ) : (
              <DataTable caption={text.title} columns={columns} rows={stated} keyOf={keyOf} />
            )
          }
        </Answer>
        {removed && <RemoveQuestion cadence={removed} onClose={() => askRemoval(null)} />}
      </section>
      <Suggestions />
      <CadenceForm key={chosen ? keyOf(chosen) : ''} cadence={chosen} onDone={() => edit('')} />
    </>
  )
}

function RemoveQuestion({ cadence, onClose }: { cadence: Cadence; onClose(): void }) {
  const text = useWords(cadenceWords)
  const remove = useChange('DELETE /api/v1/coverage/cadences/{source}')
  const { source } = cadence
  const yes = () =>
    remove.mutate({ path: { source }, query: { account: cadence.account_id ?? '*' } }, { onSuccess: onClose })
  return (
    <Question title={text.removeTitle(source)} action={text.remove} onYes={yes} onClose={onClose}>
      <p>{text.removeEffect}</p>
      {remove.error && <Failure error={remove.error} />}
    </Question>
  )
}
