import { Tabs } from '../../controls/tabs.tsx'
import { useWords } from '../../language/language.ts'
import { useIsOperator } from '../../session/own-account.ts'
import '../../styles/accounts-page.css'
import { useChoice, useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { AccountDetail } from './account-detail.tsx'
import { AccountList } from './account-list.tsx'
import { AuditLog } from './audit-log.tsx'
import { KeyList } from './key-list.tsx'
import { OwnPart } from './own-part.tsx'
import { accountWords } from './words.ts'

/** Accounts, keys and the audit log for operators; the own account for others. */
export function Page() {
  return <div className="page">{useIsOperator() ? <OperatorPart /> : <OwnPart />}</div>
}

const parts = ['accounts', 'keys', 'audit', 'own'] as const

function OperatorPart() {
  const text = useWords(accountWords)
  const { hrefOf } = useView()
  const [part] = useChoice('part', parts)
  const [id] = useText('id')
  const tabs = parts.map((name) => ({
    name,
    text: text[name],
    href: hrefOf('/accounts', name === parts[0] ? {} : { part: name }),
  }))
  return (
    <>
      <Tabs label={text.parts} tabs={tabs} open={part} />
      {part === 'accounts' && (id === '' ? <AccountList /> : <AccountDetail key={id} id={id} />)}
      {part === 'keys' && <KeyList />}
      {part === 'audit' && <AuditLog />}
      {part === 'own' && <OwnPart />}
    </>
  )
}
