import { useQuery } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { call } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import { Field } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { useText } from '../../view/use-choice.ts'
import { geoWords } from './geo-words.ts'

/** Looks up one client address. It stands in the page's address. */
export function AddressLook() {
  const text = useWords(geoWords)
  const [address, look] = useText('client')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    look(String(new FormData(event.currentTarget).get('client')).trim())
  }
  return (
    <section className="card" aria-label={text.lookTitle}>
      <h2>{text.lookTitle}</h2>
      <form className="choice-row" onSubmit={submit}>
        <Field label={text.address}>
          {(id) => (
            <input
              id={id}
              name="client"
              defaultValue={address}
              key={address}
              required
              maxLength={60}
              spellCheck={false}
            />
          )}
        </Field>
        <button type="submit">{text.look}</button>
      </form>
      {address !== '' && <Place address={address} />}
    </section>
  )
}

function Place({ address }: { address: string }) {
  const text = useWords(geoWords)
  const place = useQuery({
    queryKey: ['/api/v1/geo/addresses', address],
    queryFn: () => call('GET /api/v1/geo/addresses/{address}', { path: { address } }),
  })
  return (
    <Answer of={place}>
      {(found) => (
        <dl className="facts">
          <dt>{text.address}</dt>
          <dd>{found.address}</dd>
          <dt>{text.country}</dt>
          <dd>{found.country || '–'}</dd>
          <dt>{text.province}</dt>
          <dd>{found.province || '–'}</dd>
          <dt>{text.carrier}</dt>
          <dd>{found.carrier || '–'}</dd>
        </dl>
      )}
    </Answer>
  )
}
