import { useAnswer } from '../api/answers.ts'
import { Select } from '../controls/field.tsx'
import { useWords } from '../language/language.ts'
import { useIsOperator } from '../session/own-account.ts'
import { useView } from '../view/use-view.ts'
import { areas, comparisons, isMonth, ranges } from '../view/view.ts'
import { localText } from '../view/zone-time.ts'
import { CustomRange } from './custom-range.tsx'
import { DomainPicker } from './domain-picker.tsx'
import { shellWords } from './shell-words.ts'

/** The choices of every page: account, domains, range, comparison, zone and area. */
export function FilterBar() {
  const text = useWords(shellWords)
  const { view, change } = useView()
  const months = isMonth(view.range) ? [{ value: view.range, text: view.range }] : []
  const choose = (range: string) => change(range === 'custom' ? customStart(view.zone) : { range, from: '', to: '' })
  return (
    <search className="filter-bar" aria-label={text.filters}>
      <AccountSelect />
      <DomainPicker />
      <Select
        label={text.range}
        value={view.range}
        choices={[...ranges.map((range) => ({ value: range as string, text: text[range] })), ...months]}
        onChange={choose}
      />
      {view.range === 'custom' && <CustomRange key={`${view.from} ${view.to}`} />}
      <Select
        label={text.compare}
        value={view.compare}
        choices={comparisons.map((one) => ({ value: one, text: text[one] }))}
        onChange={(compare) => change({ compare })}
      />
      <Select
        label={text.zone}
        value={view.zone}
        choices={zonesWith(view.zone).map((zone) => ({ value: zone, text: zone }))}
        onChange={(zone) => change({ zone })}
      />
      <Select
        label={text.area}
        value={view.area}
        choices={areas.map((area) => ({ value: area as string, text: text[area] }))}
        onChange={(area) => change({ area })}
      />
    </search>
  )
}

const dayMs = 86_400_000

/** A custom range begins as the last whole day. */
function customStart(zone: string) {
  const midnight = `${localText(Date.now(), zone).slice(0, 10)}T00:00`
  return { range: 'custom', from: `${localText(Date.now() - dayMs, zone).slice(0, 10)}T00:00`, to: midnight }
}

/** Every zone of the browser, and the one in use, which may have another name. */
function zonesWith(zone: string): string[] {
  const known = Intl.supportedValuesOf('timeZone')
  return [...new Set([zone, 'Asia/Shanghai', 'UTC', ...known])]
}

/** Operators choose whose data they see. */
function AccountSelect() {
  const text = useWords(shellWords)
  const isOperator = useIsOperator()
  const { view, change } = useView()
  const { data } = useAnswer('/api/v1/accounts', {}, { isOn: isOperator })
  if (!isOperator) return null
  const accounts = (data?.accounts ?? []).map(({ account_id, name }) => ({ value: account_id, text: name }))
  const choices = [{ value: '', text: text.ownAccount }, { value: 'all', text: text.allAccounts }, ...accounts]
  return (
    <Select
      label={text.account}
      value={view.account ?? ''}
      choices={choices}
      // Domains are of an account: another one has others.
      onChange={(account) => change({ account: account === '' ? null : account, domains: [] })}
    />
  )
}
