import { useId, useState } from 'react'
import { useAnswer } from '../api/answers.ts'
import { Checkbox } from '../controls/field.tsx'
import { useFormats } from '../language/formats.ts'
import { useWords } from '../language/language.ts'
import { isOf } from '../session/domain-owner.ts'
import { useOwnAccount } from '../session/own-account.ts'
import { useView } from '../view/use-view.ts'
import { shellWords } from './shell-words.ts'

/** The list shows at most this many names; the search finds the others. */
const shownMax = 100

/** The domains that the view can have: those of the chosen account. */
function useDomainNames(): string[] {
  const own = useOwnAccount()
  const { view } = useView()
  const { data } = useAnswer('/api/v1/domains', {})
  const account = view.account ?? own.account_id
  const areAll = own.role !== 'operator' || account === 'all'
  const isAsked = areAll ? () => true : isOf({ account_id: account }, own.account_id)
  return (data?.domains ?? []).filter(isAsked).map((domain) => domain.domain_name)
}

/** Chooses domains: none chosen means all. */
export function DomainPicker() {
  const text = useWords(shellWords)
  const { count } = useFormats()
  const id = useId()
  const names = useDomainNames()
  const { view, change } = useView()
  const [search, setSearch] = useState('')
  const chosen = new Set(view.domains)
  const found = names.filter((name) => name.includes(search.trim().toLowerCase()))
  const toggle = (name: string) =>
    change({ domains: chosen.has(name) ? view.domains.filter((one) => one !== name) : [...view.domains, name] })
  const summary =
    view.domains.length === 0
      ? text.allDomains
      : view.domains.length === 1
        ? (view.domains[0] ?? '')
        : text.someDomains(count(view.domains.length))
  return (
    <div className="field">
      <span className="label">{text.domains}</span>
      <button type="button" className="picker" popoverTarget={id}>
        {summary}
      </button>
      <fieldset id={id} popover="auto" className="popover" aria-label={text.domains}>
        <input
          type="search"
          aria-label={text.findDomain}
          placeholder={text.findDomain}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        {view.domains.length > 0 && (
          <button type="button" onClick={() => change({ domains: [] })}>
            {text.clearDomains}
          </button>
        )}
        {found.slice(0, shownMax).map((name) => (
          <Checkbox key={name} label={name} isOn={chosen.has(name)} onChange={() => toggle(name)} />
        ))}
      </fieldset>
    </div>
  )
}
