import { useAnswer } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { AddressLook } from './address-look.tsx'
import { GeoUpdate } from './geo-update.tsx'
import { geoWords } from './geo-words.ts'
import { Relocations } from './relocations.tsx'

type Geo = AnswerOf<'GET /api/v1/geo'>
const path = '/api/v1/geo'

/** The geographic data in use, a look-up, an update, and relocations. */
export function GeoData() {
  const geo = useAnswer(path, {})
  return (
    <>
      <Answer of={geo}>
        {(answer) => (
          <div className="page">
            <Sources geo={answer} />
            <div className="columns">
              <AddressLook />
              <GeoUpdate builtIn={answer.built_in} isBuiltIn={answer.name === answer.built_in} />
            </div>
          </div>
        )}
      </Answer>
      <Relocations />
    </>
  )
}

function Sources({ geo }: { geo: Geo }) {
  const text = useWords(geoWords)
  const { count, time } = useFormats()
  const { view } = useView()
  const columns: Column<Geo['sources'][number]>[] = [
    { name: 'source', title: text.source, value: ({ name }) => name },
    { name: 'covers', title: text.covers, value: ({ covers }) => covers },
    { name: 'date', title: text.date, value: ({ date }) => date },
    { name: 'licence', title: text.licence, value: ({ licence }) => licence },
    { name: 'attribution', title: text.attribution, value: ({ attribution }) => attribution },
  ]
  const { ipv4, ipv6 } = geo.country_dates
  return (
    <Figure
      title={text.title}
      sentence={geo.is_on ? text.sentence(geo.name ?? '–', count(geo.networks)) : text.off}
      columns={columns}
      rows={geo.sources}
      keyOf={(source) => `${source.name} ${source.covers}`}
      fileName="geographic-data"
      request={{ path, query: {} }}
      strip={
        <p className="quiet">
          {text.loaded}: {geo.load_time === null ? '–' : time(Number(geo.load_time), view.zone)}. {text.countries}: IPv4{' '}
          {ipv4 ?? '–'}, IPv6 {ipv6 ?? '–'}.
        </p>
      }
    />
  )
}
