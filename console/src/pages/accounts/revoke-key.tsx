import { useState } from 'react'
import { useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { Checkbox } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import type { Key } from './all-keys.ts'
import { keyWords } from './key-words.ts'

type Props = { accessKey: string; keys: readonly Key[]; onClose(): void }

/** Revokes a key, and asks first. Keys that replaced it end with it, unless the person keeps them. */
export function RevokeKey({ accessKey, keys, onClose }: Props) {
  const text = useWords(keyWords)
  const own = useOwnAccount()
  const [keepsSuccessors, keep] = useState(false)
  const revoke = useChange('DELETE /api/v1/access-keys/{accessKey}')
  const hasSuccessors = keys.some((key) => key.replaces === accessKey)
  const query = keepsSuccessors ? { keep_successors: true } : {}
  const yes = () => revoke.mutate({ path: { accessKey }, query }, { onSuccess: onClose })
  return (
    <Question title={text.revokeTitle(accessKey)} action={text.revokeYes} onYes={yes} onClose={onClose}>
      <p>{text.revokeEffect}</p>
      {accessKey === own.access_key && <p className="warning">{text.revokeOwn}</p>}
      {hasSuccessors && (
        <>
          {!keepsSuccessors && <p>{text.revokeSuccessors}</p>}
          <Checkbox label={text.keepSuccessors} isOn={keepsSuccessors} onChange={(isOn) => keep(isOn)} />
        </>
      )}
      {revoke.error && <Failure error={revoke.error} />}
    </Question>
  )
}
