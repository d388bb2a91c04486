import { PlaceChips } from '../../clients/place-chips.tsx'
import { Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { groups, itemKinds, limits, listPlaces, measures, useTopChoices } from './use-top.ts'
import { topWords } from './words.ts'

/** The choices of the page: which items, by which measure, how many, of which domains. */
export function Choices() {
  const text = useWords(topWords)
  const { of, chooseOf, by, chooseBy, limit, chooseLimit, group, chooseGroup, isByDomain } = useTopChoices()
  return (
    <div className="choice-row">
      <Select
        label={text.of}
        value={of}
        choices={itemKinds.map((kind) => ({ value: kind, text: text[kind] }))}
        onChange={chooseOf}
      />
      <Select
        label={text.by}
        value={by}
        choices={measures.map((measure) => ({ value: measure, text: text[measure] }))}
        onChange={chooseBy}
      />
      <Select
        label={isByDomain ? text.limitDomain : text.limit}
        value={limit}
        choices={limits.map((rows) => ({ value: rows, text: rows }))}
        onChange={chooseLimit}
      />
      {of !== 'domain' && (
        <Select
          label={text.group}
          value={group}
          choices={groups.map((one) => ({ value: one, text: text[`group_${one}`] }))}
          onChange={chooseGroup}
        />
      )}
      <PlaceChips kinds={listPlaces} />
    </div>
  )
}
