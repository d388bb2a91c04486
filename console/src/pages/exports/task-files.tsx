import { useState } from 'react'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { detailWords } from './detail-words.ts'
import type { Task } from './use-task.ts'
import { exportWords } from './words.ts'

type File = Task['files'][number]

/** The files with their links, sizes and hashes. */
export function TaskFiles({ task }: { task: Task }) {
  const text = useWords(detailWords)
  const words = useWords(exportWords)
  const { bytes, count } = useFormats()
  if (task.state !== 'success' && task.state !== 'expired') return null
  const columns: Column<File>[] = [
    {
      name: 'name',
      title: text.name,
      value: (file) => file.name,
      show: (file) =>
        file.download_link === null ? (
          file.name
        ) : (
          <a href={file.download_link} download aria-label={`${words.download} ${file.name}`}>
            {file.name}
          </a>
        ),
    },
    {
      name: 'size',
      title: text.size,
      isFigure: true,
      value: (file) => file.bytes,
      show: (file) => <span title={count(file.bytes)}>{bytes(file.bytes)}</span>,
    },
    { name: 'rows', title: text.rows, isFigure: true, value: (file) => file.rows, show: (file) => count(file.rows) },
    { name: 'sha256', title: text.hash, value: (file) => file.sha256, show: (file) => <Hash file={file} /> },
  ]
  return (
    <section className="card" aria-labelledby="files">
      <h2 id="files">{text.files}</h2>
      {task.state === 'expired' && <p>{text.gone}</p>}
      {task.files.length > 0 && (
        <DataTable caption={text.files} columns={columns} rows={task.files} keyOf={(file) => file.name} />
      )}
    </section>
  )
}

function Hash({ file }: { file: File }) {
  const text = useWords(detailWords)
  const [isCopied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(file.sha256).then(() => setCopied(true))
  return (
    <>
      <code className="hash">{file.sha256}</code>{' '}
      <button type="button" aria-label={isCopied ? undefined : text.copyHash(file.name)} onClick={copy}>
        {isCopied ? text.copied : text.copy}
      </button>
    </>
  )
}
