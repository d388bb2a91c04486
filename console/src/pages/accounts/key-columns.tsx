import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import { useView } from '../../view/use-view.ts'
import { type AskedOfKey, isGood, type Key } from './all-keys.ts'
import { keyWords } from './key-words.ts'

/** Columns of keys. @param isOfAll the account is a column, too */
export function useKeyColumns(isOfAll: boolean, ask: (asked: AskedOfKey) => void): Column<Key>[] {
  const text = useWords(keyWords)
  const { time } = useFormats()
  const { view } = useView()
  const own = useOwnAccount()
  const timeOf = (timeMs: number | bigint | null) => (timeMs === null ? null : time(Number(timeMs), view.zone))
  const account: Column<Key> = {
    name: 'account',
    title: text.account,
    value: (key) => key.account_name ?? key.account_id,
  }
  return [
    {
      name: 'key',
      title: text.key,
      value: (key) => key.access_key,
      show: (key) => (
        <>
          <code className="whole">{key.access_key}</code>
          {key.access_key === own.access_key && <span className="quiet"> ({text.thisKey})</span>}
        </>
      ),
    },
    ...(isOfAll ? [account] : []),
    { name: 'role', title: text.role, value: (key) => key.role },
    { name: 'description', title: text.description, value: (key) => key.description },
    useStateColumn(timeOf),
    {
      name: 'used',
      title: text.lastUsed,
      value: (key) => timeOf(key.last_used_at),
      show: (key) => whole(timeOf(key.last_used_at)),
    },
    {
      name: 'created',
      title: text.created,
      value: (key) => timeOf(key.created_at),
      show: (key) => whole(timeOf(key.created_at)),
    },
    { name: 'source', title: text.source, value: (key) => key.source },
    { name: 'domains', title: text.domains, value: (key) => key.domains?.join(' ') ?? null },
    { name: 'replaces', title: text.replaces, value: (key) => key.replaces, show: (key) => whole(key.replaces) },
    { name: 'actions', title: text.actions, isAction: true, value: () => null, show: (key) => acts(key, ask, text) },
  ]
}

/** A text that does not break within. */
const whole = (text: string | null) => <span className="whole">{text ?? '–'}</span>

type KeyWords = ReturnType<typeof useWords<(typeof keyWords)['en']>>

const acts = (key: Key, ask: (asked: AskedOfKey) => void, text: KeyWords) =>
  isGood(key, Date.now()) && (
    <div className="card-actions">
      <button type="button" aria-label={`${text.rotate} ${key.access_key}`} onClick={() => ask({ act: 'rotate', key })}>
        {text.rotate}
      </button>
      <button
        type="button"
        className="danger"
        aria-label={`${text.revoke} ${key.access_key}`}
        onClick={() => ask({ act: 'revoke', key })}
      >
        {text.revoke}
      </button>
    </div>
  )

function useStateColumn(timeOf: (timeMs: number | bigint | null) => string | null): Column<Key> {
  const text = useWords(keyWords)
  const stateOf = (key: Key) => {
    if (key.revoked_at !== null) return text.revoked(timeOf(key.revoked_at) ?? '')
    if (key.expires_at === null) return text.good
    return (isGood(key, Date.now()) ? text.until : text.expired)(timeOf(key.expires_at) ?? '')
  }
  return {
    name: 'state',
    title: text.state,
    value: stateOf,
    show: (key) => <span className={isGood(key, Date.now()) ? '' : 'mark-bad'}>{stateOf(key)}</span>,
  }
}
