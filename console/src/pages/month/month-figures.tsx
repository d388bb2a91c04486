import type { QueryOf } from '../../api/client.ts'
import { Figure } from '../../figure/figure.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { Tile, Tiles } from '../../figure/tiles.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import type { MonthAnswer } from './month-answer.ts'
import { MonthCommit } from './month-commit.tsx'
import { useMonthRows } from './month-rows.ts'
import { monthWords } from './words.ts'

type Props = { figures: MonthAnswer; query: QueryOf<'GET /api/v1/month'> }

/** The figures of the bill so far. */
export function MonthFigures({ figures, query }: Props) {
  const text = useWords(monthWords)
  const { bytes, bits, count, time } = useFormats()
  const { hrefOf } = useView()
  const { total, rule, month, time_zone: zone } = figures
  const { columns, rows } = useMonthRows(figures)
  const sentence =
    total.flux === null
      ? text.sentenceEmpty(month)
      : text.sentence(month, bytes(total.flux), bits(total.bandwidth_percentile), count(total.valid_days))
  return (
    <Figure
      title={text.figures}
      sentence={sentence}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.name}
      fileName={`month-${month}`}
      request={{ path: '/api/v1/month', query }}
      exportHref={hrefOf('/exports', { new: 'billing_summary' })}
      strip={<StateStrip buckets={figures.buckets} ranges={figures.states} zone={zone} />}
    >
      <Tiles>
        <Tile title={text.traffic} value={bytes(total.flux)} note={`${text.requests}: ${count(total.requests)}`} />
        <Tile
          title={text.billed}
          value={bytes(total.billed_flux)}
          note={text.billedNote(String(rule.overhead_percent))}
        />
        <Tile
          title={text.percentile}
          value={bits(total.bandwidth_percentile)}
          note={text.percentileNote(String(rule.discard_percent), count(total.discarded))}
        />
        <Tile title={text.average} value={bits(total.average_daily_peak)} note={text.averageNote} />
        <Tile title={text.peak} value={bits(total.peak)} note={time(total.peak_time, zone)} />
        <Tile title={text.validDays} value={count(total.valid_days)} note={text.points(count(total.points))} />
      </Tiles>
      <Forecast figures={figures} />
      {figures.commit && <MonthCommit commit={figures.commit} />}
      <p className="quiet">
        {text.rule}:{' '}
        {text.ruleText(
          rule.text,
          String(rule.discard_percent),
          String(rule.valid_day_bytes_over),
          String(rule.overhead_percent),
        )}
      </p>
    </Figure>
  )
}

/** The bill of the whole month as it would be, with the method in words. */
function Forecast({ figures }: { figures: MonthAnswer }) {
  const text = useWords(monthWords)
  const { bytes, bits, count } = useFormats()
  const { forecast, forecast_missing: missing, room } = figures.total
  const without = missing && text.withoutForecast(missing)
  return (
    <section>
      <h3>{text.forecast}</h3>
      {forecast ? (
        <Tiles>
          <Tile title={text.forecastFlux} value={bytes(forecast.billed_flux)} />
          <Tile
            title={text.forecastPercentile}
            value={bits(forecast.bandwidth_percentile)}
            note={text.room(count(room.left))}
          />
          <Tile title={text.average} value={bits(forecast.average_daily_peak)} />
        </Tiles>
      ) : (
        <p className="quiet" lang={without === missing ? 'en' : undefined}>
          {without}
        </p>
      )}
      <p className="quiet">{figures.forecast_method && text.methodText(figures.forecast_method.text)}</p>
    </section>
  )
}
