import { Link } from 'wouter'
import { useWords } from '../../language/language.ts'
import { useIsOperator } from '../../session/own-account.ts'
import { EmptyStart } from '../../start/empty-start.tsx'
import { useIsEmpty } from '../../start/use-first-batch.ts'
import '../../styles/logs-page.css'
import { useChoice, useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { BatchDialog } from './batch-dialog.tsx'
import { Batches } from './batches.tsx'
import { Cadences } from './cadences.tsx'
import { KeptLogs } from './kept-logs.tsx'
import { LoadLogs } from './load-logs.tsx'
import { OwnSources } from './own-sources.tsx'
import { Sources } from './sources.tsx'
import { logWords } from './words.ts'

const parts = ['load', 'batches', 'sources', 'cadences', 'kept'] as const

/** Logs: loading them, and all that came before. An account's key sees the sources of its domains alone. */
export function Page() {
  const isOperator = useIsOperator()
  return isOperator ? <OperatorsPage /> : <OwnPart />
}

function OwnPart() {
  return (
    <div className="page">
      <OwnSources />
      <KeptLogs />
    </div>
  )
}

function OperatorsPage() {
  const text = useWords(logWords)
  const { hrefOf } = useView()
  const [part] = useChoice('part', parts)
  const [batch] = useText('batch')
  const isEmpty = useIsEmpty()
  return (
    <div className="page">
      <nav className="parts" aria-label={text.parts}>
        {parts.map((one) => (
          <Link
            key={one}
            href={hrefOf('/logs', one === 'load' ? {} : { part: one })}
            aria-current={one === part ? 'page' : undefined}
          >
            {text[one]}
          </Link>
        ))}
      </nav>
      {part === 'load' && <LoadLogs />}
      {part === 'load' && isEmpty && <EmptyStart />}
      {part === 'batches' && <Batches />}
      {part === 'sources' && <Sources />}
      {part === 'cadences' && <Cadences />}
      {part === 'kept' && <KeptLogs />}
      {batch !== '' && <BatchDialog key={batch} batchId={batch} />}
    </div>
  )
}
