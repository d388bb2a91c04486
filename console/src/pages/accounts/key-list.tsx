import { useState } from 'react'
import { Answer } from '../../controls/answer.tsx'
import { Checkbox } from '../../controls/field.tsx'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useChoice } from '../../view/use-choice.ts'
import type { Account } from './account-list.tsx'
import { type AskedOfKey, isGood, type Key, keysPath, useAllKeys } from './all-keys.ts'
import { useKeyColumns } from './key-columns.tsx'
import { keyWords } from './key-words.ts'
import { NewKey } from './new-key.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'

/** The keys of an account, or of all; a form makes one for the account. */
export function KeyList({ account }: { account?: Account }) {
  const keys = useAllKeys()
  return (
    <>
      <Answer of={keys}>
        {(all) => (
          <ListOf
            keys={account ? all.filter((key) => key.account_id === account.account_id) : all}
            isOfAll={account === undefined}
          />
        )}
      </Answer>
      {account && <NewKey account={account} />}
    </>
  )
}

function ListOf({ keys, isOfAll }: { keys: readonly Key[]; isOfAll: boolean }) {
  const text = useWords(keyWords)
  const { count } = useFormats()
  const [ended, choose] = useChoice('ended', ['hide', 'show'])
  const [asked, ask] = useState<AskedOfKey | null>(null)
  const nowMs = Date.now()
  const good = keys.filter((key) => isGood(key, nowMs))
  const columns = useKeyColumns(isOfAll, ask)
  const close = () => ask(null)
  return (
    <>
      <Figure
        title={text.title}
        sentence={text.sentence(count(good.length), count(keys.length))}
        columns={columns}
        rows={ended === 'show' ? keys : good}
        keyOf={(key) => key.access_key}
        fileName="access-keys"
        request={{ path: keysPath, query: {} }}
        strip={
          <Checkbox
            label={text.showEnded}
            isOn={ended === 'show'}
            onChange={(isOn) => choose(isOn ? 'show' : 'hide')}
          />
        }
      />
      {asked?.act === 'rotate' && <RotateKey accessKey={asked.key.access_key} onClose={close} />}
      {asked?.act === 'revoke' && <RevokeKey accessKey={asked.key.access_key} keys={keys} onClose={close} />}
    </>
  )
}
