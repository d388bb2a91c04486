import { type FormEvent, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Field, Select } from '../../controls/field.tsx'
import { CodeSample } from '../../figure/code-sample.tsx'
import { figureWords } from '../../figure/words.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { actionWords } from './action-words.ts'
import { type Action, actions } from './actions.ts'
import { FileFields, MoreFields } from './file-fields.tsx'
import { PreflightView, usePreflight } from './preflight.tsx'
import { RowFields } from './row-fields.tsx'
import { useRequest } from './use-request.ts'
import { exportWords } from './words.ts'

/** The form of a new task. Beside it stands what the file would be. */
export function ExportForm() {
  const text = useWords(exportWords)
  const names = useWords(actionWords)
  const figures = useWords(figureWords)
  const { hrefOf } = useView()
  const [, go] = useLocation()
  const form = useRequest()
  const [taskName, setTaskName] = useState('')
  const [webhook, setWebhook] = useState('')
  const [isCode, showCode] = useState(false)
  const body = {
    ...form.body,
    ...(taskName === '' ? {} : { task_name: taskName }),
    ...(webhook === '' ? {} : { webhook_url: webhook }),
  }
  const preflight = usePreflight(body)
  const create = useChange('POST /v1/cdn/statistics/export-tasks')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ body }, { onSuccess: ({ task_id }) => go(hrefOf(`/exports/${encodeURIComponent(task_id)}`)) })
  }
  const isAllowed = preflight.answer?.allowed !== false && preflight.error === null
  return (
    <section className="card" aria-labelledby="export-form">
      <header className="card-head">
        <h2 id="export-form">{text.formTitle}</h2>
        <Link href={hrefOf('/exports')} className="button">
          {text.cancelNew}
        </Link>
      </header>
      <p className="quiet">{text.fromView}</p>
      <div className="columns">
        <form className="export-form" onSubmit={submit} aria-labelledby="export-form">
          <Select
            label={text.action}
            value={form.action}
            choices={actions.map((action) => ({ value: action as Action, text: names[action] }))}
            onChange={(action) => form.set({ new: action })}
          />
          <p className="quiet">{names[`${form.action}_hint`]}</p>
          <RowFields form={form} />
          <FileFields form={form} />
          <MoreFields form={form}>
            <Field label={text.taskName} hint={text.taskNameHint}>
              {(id) => (
                <input id={id} value={taskName} maxLength={255} onChange={(event) => setTaskName(event.target.value)} />
              )}
            </Field>
            <Field label={text.webhook} hint={text.webhookHint}>
              {(id) => (
                <input
                  id={id}
                  type="url"
                  placeholder="https://"
                  value={webhook}
                  onChange={(event) => setWebhook(event.target.value)}
                />
              )}
            </Field>
          </MoreFields>
          {create.error && <Failure error={create.error} />}
          <div className="form-actions">
            <button type="submit" className="primary" disabled={!isAllowed || create.isPending}>
              {create.isPending ? text.creating : text.create}
            </button>
            <button type="button" aria-expanded={isCode} onClick={() => showCode(!isCode)}>
              {figures.code}
            </button>
          </div>
        </form>
        <PreflightView {...preflight} action={form.action} />
      </div>
      {isCode && <CodeSample request={{ path: '/v1/cdn/statistics/export-tasks', query: {}, body }} />}
    </section>
  )
}
