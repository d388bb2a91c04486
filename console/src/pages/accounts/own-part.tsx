import { useState } from 'react'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { useWords } from '../../language/language.ts'
import { useIsOperator, useOwnAccount } from '../../session/own-account.ts'
import { DownloadLinks } from './download-links.tsx'
import { keyWords } from './key-words.ts'
import { RotateKey } from './rotate-key.tsx'
import { WebhookSecret } from './webhook-secret.tsx'
import { accountWords } from './words.ts'

/** The account of the person who is signed in: who it is, its key, its webhook secret. */
export function OwnPart() {
  const isOperator = useIsOperator()
  return (
    <>
      <WhoIs />
      {!isOperator && <OwnDomains />}
      <WebhookSecret />
      {isOperator && <DownloadLinks />}
    </>
  )
}

function WhoIs() {
  const text = useWords(accountWords)
  const keys = useWords(keyWords)
  const own = useOwnAccount()
  const [isAsked, ask] = useState(false)
  const { defaults } = own
  const facts: [string, string][] = [
    [text.name, own.name],
    [text.id, own.account_id],
    [text.accessKey, own.access_key],
    [text.role, own.role],
    [text.zone, defaults.time_zone],
    [text.area, defaults.service_area],
    [text.language, defaults.language ?? text.ofLocale],
    [text.format, defaults.format],
    [text.compression, defaults.compression],
  ]
  return (
    <section className="card" aria-label={text.ownTitle}>
      <header className="card-head">
        <h2>{text.ownTitle}</h2>
        <div className="card-actions">
          <button type="button" onClick={() => ask(true)} aria-label={`${keys.ownKey}: ${keys.rotate}`}>
            {keys.rotate}
          </button>
        </div>
      </header>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      {isAsked && <RotateKey accessKey={own.access_key} onClose={() => ask(false)} />}
    </section>
  )
}

const Fact = ({ name, value }: { name: string; value: string }) => (
  <>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </>
)

function OwnDomains() {
  const text = useWords(accountWords)
  const domains = useAnswer('/api/v1/domains', {})
  return (
    <section className="card" aria-label={text.ownDomains}>
      <h2>{text.ownDomains}</h2>
      <Answer of={domains}>
        {({ domains: all }) =>
          all.length === 0 ? (
            <p>{text.noDomains}</p>
          ) : (
            <ul className="names">
              {all.map(({ domain_name: name }) => (
                <li key={name}>{name}</li>
              ))}
            </ul>
          )
        }
      </Answer>
    </section>
  )
}
