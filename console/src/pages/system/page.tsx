import { Tabs } from '../../controls/tabs.tsx'
import { useWords } from '../../language/language.ts'
import { useIsOperator } from '../../session/own-account.ts'
import { useChoice } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { Configuration } from './configuration.tsx'
import { ConsistencyCheck } from './consistency-check.tsx'
import { GeoData } from './geo-data.tsx'
import { Overview } from './overview.tsx'
import { Retention } from './retention.tsx'
import { systemWords } from './words.ts'

const parts = ['overview', 'configuration', 'retention', 'geo', 'checks'] as const

/** State of the server for operators; version and own limits for others. */
export function Page() {
  const isOperator = useIsOperator()
  return <div className="page">{isOperator ? <OperatorPart /> : <Overview />}</div>
}

function OperatorPart() {
  const text = useWords(systemWords)
  const { hrefOf } = useView()
  const [part] = useChoice('part', parts)
  const tabs = parts.map((name) => ({
    name,
    text: text[name],
    href: hrefOf('/system', name === parts[0] ? {} : { part: name }),
  }))
  return (
    <>
      <Tabs label={text.sections} tabs={tabs} open={part} />
      {part === 'overview' && <Overview />}
      {part === 'configuration' && <Configuration />}
      {part === 'retention' && <Retention />}
      {part === 'geo' && <GeoData />}
      {part === 'checks' && <ConsistencyCheck />}
    </>
  )
}
