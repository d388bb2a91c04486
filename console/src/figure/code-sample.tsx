import { useState } from 'react'
import { queryText } from '../api/client.ts'
import { useWords } from '../language/language.ts'
import { figureWords } from './words.ts'

export type ApiRequest = { path: string; query: Record<string, unknown> }

/** The request as a line for a shell. The token stands for a key: POST /v3/auth/tokens gives it. */
export function curlOf({ path, query }: ApiRequest, origin: string): string {
  const identity = String.raw`{\"auth\":{\"identity\":{\"methods\":[\"hw_ak_sk\"],\"hw_ak_sk\":{\"access\":{\"key\":\"$FLUXPORT_ACCESS_KEY\"},\"secret\":{\"key\":\"$FLUXPORT_SECRET_KEY\"}}}}}`
  return [
    `TOKEN=$(curl -s -D - -o /dev/null '${origin}/v3/auth/tokens' -H 'Content-Type: application/json' \\`,
    `  -d "${identity}" | sed -n 's/^[Xx]-[Ss]ubject-[Tt]oken: //p' | tr -d '\\r')`,
    `curl -s -H "X-Auth-Token: $TOKEN" '${origin}${path}${queryText(query).replaceAll("'", '%27')}'`,
  ].join('\n')
}

/** The request as a program with the standard library alone. */
export function pythonOf({ path, query }: ApiRequest, origin: string): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return [
    'import json, os, urllib.parse, urllib.request',
    '',
    `endpoint = ${JSON.stringify(origin)}`,
    'pair = {"access": {"key": os.environ["FLUXPORT_ACCESS_KEY"]}, "secret": {"key": os.environ["FLUXPORT_SECRET_KEY"]}}',
    'body = json.dumps({"auth": {"identity": {"methods": ["hw_ak_sk"], "hw_ak_sk": pair}}}).encode()',
    'login = urllib.request.Request(endpoint + "/v3/auth/tokens", body, {"Content-Type": "application/json"})',
    'token = urllib.request.urlopen(login).headers["X-Subject-Token"]',
    '',
    `query = ${JSON.stringify(Object.fromEntries(given.map(([name, value]) => [name, String(value)])), null, 4)}`,
    `url = endpoint + ${JSON.stringify(path)} + "?" + urllib.parse.urlencode(query)`,
    'answer = urllib.request.urlopen(urllib.request.Request(url, headers={"X-Auth-Token": token}))',
    'print(json.dumps(json.load(answer), indent=2))',
  ].join('\n')
}

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
