import { useState } from 'react'
import { queryText } from '../api/client.ts'
import { useWords } from '../language/language.ts'
import { figureWords } from './words.ts'

/** A request of the API: a GET, or with a body a POST. */
export type ApiRequest = { path: string; query: Record<string, unknown>; body?: Record<string, unknown> }

/** The request as a line for a shell. The token stands for a key: POST /v3/auth/tokens gives it. */
function curlOf({ path, query, body }: ApiRequest, origin: string): string {
  const identity = String.raw`{\"auth\":{\"identity\":{\"methods\":[\"hw_ak_sk\"],\"hw_ak_sk\":{\"access\":{\"key\":\"$FLUXPORT_AK\"},\"secret\":{\"key\":\"$FLUXPORT_SK\"}}}}}`
  return [
    `TOKEN=$(curl -s -D - -o /dev/null '${origin}/v3/auth/tokens' -H 'Content-Type: application/json' \\`,
    `  -d "${identity}" | sed -n 's/^[Xx]-[Ss]ubject-[Tt]oken: //p' | tr -d '\\r')`,
    `curl -s -H "X-Auth-Token: $TOKEN" '${origin}${path}${queryText(query).replaceAll("'", '%27')}'${curlBodyOf(body)}`,
  ].join('\n')
}

/** A shell ends a quoted text at each apostrophe: one within is written outside of the quotes. */
const curlBodyOf = (body: ApiRequest['body']): string =>
  body === undefined
    ? ''
    : ` \\\n  -H 'Content-Type: application/json' -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`

/** The request as a program with the standard library alone. */
function pythonOf({ path, query, body }: ApiRequest, origin: string): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return [
    'import json, os, urllib.parse, urllib.request',
    '',
    `endpoint = ${JSON.stringify(origin)}`,
    'pair = {"access": {"key": os.environ["FLUXPORT_AK"]}, "secret": {"key": os.environ["FLUXPORT_SK"]}}',
    'body = json.dumps({"auth": {"identity": {"methods": ["hw_ak_sk"], "hw_ak_sk": pair}}}).encode()',
    'login = urllib.request.Request(endpoint + "/v3/auth/tokens", body, {"Content-Type": "application/json"})',
    'token = urllib.request.urlopen(login).headers["X-Subject-Token"]',
    '',
    ...(body === undefined ? pythonGet(path, given) : pythonPost(path, body)),
    'print(json.dumps(json.load(answer), indent=2))',
  ].join('\n')
}

const pythonGet = (path: string, given: [string, unknown][]): string[] => [
  `query = ${JSON.stringify(Object.fromEntries(given.map(([name, value]) => [name, String(value)])), null, 4)}`,
  `url = endpoint + ${JSON.stringify(path)} + "?" + urllib.parse.urlencode(query)`,
  'answer = urllib.request.urlopen(urllib.request.Request(url, headers={"X-Auth-Token": token}))',
]

/** The body as a text of JSON: a literal of Python would write true and null otherwise. */
const pythonPost = (path: string, body: Record<string, unknown>): string[] => [
  `asked = json.loads(${JSON.stringify(JSON.stringify(body))})`,
  'headers = {"X-Auth-Token": token, "Content-Type": "application/json"}',
  `request = urllib.request.Request(endpoint + ${JSON.stringify(path)}, json.dumps(asked).encode(), headers)`,
  'answer = urllib.request.urlopen(request)',
]

/** The same figures for programs. */
export function CodeSample({ request }: { request: ApiRequest }) {
  const text = useWords(figureWords)
  const origin = window.location.origin
  return (
    <div className="code-sample">
      <p className="quiet">{text.codeNote}</p>
      <CodeBlock code={curlOf(request, origin)} />
      <CodeBlock code={pythonOf(request, origin)} />
    </div>
  )
}

/** Code to copy. */
export function CodeBlock({ code }: { code: string }) {
  const text = useWords(figureWords)
  const [isCopied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(code).then(() => setCopied(true))
  return (
    <div className="code-block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <button type="button" onClick={copy}>
        {isCopied ? text.copied : text.copy}
      </button>
    </div>
  )
}
