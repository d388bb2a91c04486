import type { Wrapping } from '../line/wrapping.ts'
import { instantOf, piecesSurvey } from './pieces.ts'
import { jsonWrapping, prefixWrapping } from './wrapping.ts'

const isoTime = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)`
/** RFC 3164 writes no year; some devices add one. */
const bsdTime = String.raw`[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?`
/** RFC 6587 puts a message's length before it. */
const priority = String.raw`(?:\d+ )?<\d{1,3}>`
const tag = String.raw`[^ :[\]]+(?:\[[^\]]*\])?: +`
const structuredData = String.raw`(?:-|(?:\[(?:[^\]"\\]|"(?:[^"\\]|\\.)*"|\\.)*\])+)`

/**
 * RFC 3164 as daemons and files have it, its ISO time as rsyslog and Fastly write it, perhaps with no tag between two
 * blanks, and RFC 5424.
 */
const syslog = prefixWrapping(
  {
    name: 'syslog',
    title: 'syslog: RFC 3164, RFC 5424, and Fastly’s classic prefix',
    example: (line) => `<190>Sep  1 08:00:01 web1 nginx[77]: ${line}`,
  },
  `${priority}1 ${isoTime} [^ ]+ [^ ]+ [^ ]+ [^ ]+ ${structuredData} ?|` +
    `(?:${priority})?(?:${bsdTime}|${isoTime}) (?:(?:[^ ]+ )?${tag}|[^ ]+ {2,})`,
)

/** Kubernetes' log files: time, stream, and F for a full line or P for a piece. */
const cri = prefixWrapping(
  {
    name: 'cri',
    title: 'Kubernetes container log (CRI)',
    example: (line) => `2026-09-01T00:00:01.123456789Z stdout F ${line}`,
    survey: (before) =>
      piecesSurvey({ marks: [' stdout P', ' stderr P'] }, before, (line) => {
        const [, time = '', stream = '', kind = ''] = /^([^ ]+) (stdout|stderr) ([FP])(?::[^ ]*)? /.exec(line) ?? []
        return stream === '' ? null : { stream, at: instantOf(time), isCut: kind === 'P' }
      }),
  },
  `${isoTime} (?:stdout|stderr) [FP](?::[^ ]*)? `,
)

/** Docker cuts a line into pieces of 16 KiB, of which only the last ends a line. */
const dockerPieceBytes = 16_384

const dockerJson = jsonWrapping(
  {
    name: 'docker_json',
    title: 'Docker’s json-file',
    example: (line) =>
      `{"log":${JSON.stringify(`${line}\n`)},"stream":"stdout","time":"2026-09-01T00:00:01.123456789Z"}`,
    withinSql: `if(startsWith(line, '{') AND JSONExtractString(line, 'log') != '', trimRight(JSONExtractString(line, 'log'), '\\n'), line)`,
    survey: (before) =>
      piecesSurvey({ marks: [], longerThanBytes: dockerPieceBytes }, before, (line) => {
        const { log = '', stream = '', time = '' } = textsOf(line)
        const isCut = Buffer.byteLength(log) >= dockerPieceBytes && !log.endsWith('\n')
        return stream === '' ? null : { stream, at: instantOf(time), isCut }
      }),
  },
  ({ log, stream }) => (typeof log === 'string' && typeof stream === 'string' ? withoutLineEnd(log) : null),
)

const withoutLineEnd = (text: string) => (text.endsWith('\n') ? text.slice(0, -1) : text)

function textsOf(line: string): { log?: string; stream?: string; time?: string } {
  try {
    // As UTF-8: an escape of six characters may be of three bytes.
    return JSON.parse(Buffer.from(line, 'latin1').toString()) as { log?: string; stream?: string; time?: string }
  } catch {
    return {}
  }
}

const instantOfMicroseconds = (digits: string) =>
  `${digits.slice(0, -6).padStart(10, '0')}.${digits.slice(-6).padStart(6, '0')}000`

/** A message that is not UTF-8 is a list of bytes. */
const journaldJson = jsonWrapping(
  {
    name: 'journald_json',
    title: 'systemd’s journal as JSON',
    example: (line) =>
      `{"__REALTIME_TIMESTAMP":"1788220801000000","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"nginx","MESSAGE":${JSON.stringify(line)}}`,
    // A message of two lines is no line.
    withinSql: `multiIf(NOT startsWith(line, '{'), line,
      JSONType(line, 'MESSAGE') = 'String' AND position(JSONExtractString(line, 'MESSAGE'), '\\n') = 0, JSONExtractString(line, 'MESSAGE'),
      JSONType(line, 'MESSAGE') = 'Array', arrayStringConcat(arrayMap(byte -> char(byte), JSONExtract(line, 'MESSAGE', 'Array(UInt8)'))),
      line)`,
    survey: (before) =>
      piecesSurvey({ marks: ['_LINE_BREAK'] }, before, (line) => ({
        stream: /"_STREAM_ID" ?: ?"([^"]*)"/.exec(line)?.[1] ?? '',
        at: instantOfMicroseconds(/"__REALTIME_TIMESTAMP" ?: ?"(\d*)"/.exec(line)?.[1] ?? ''),
        isCut: /"_LINE_BREAK" ?: ?"line-max"/.test(line),
      })),
  },
  ({ MESSAGE: message, __REALTIME_TIMESTAMP: time }) => {
    if (time === undefined) return null
    if (Array.isArray(message)) return Buffer.from(message as number[])
    return typeof message === 'string' && !message.includes('\n') ? message : null
  },
)

/** `docker compose logs`: the service's name, perhaps in colour. */
const compose = prefixWrapping(
  {
    name: 'compose',
    title: 'docker compose logs',
    example: (line) => `web-1  | ${line}`,
  },
  String.raw`(?:\x1b\[[\d;]*m)?[A-Za-z0-9][A-Za-z0-9_.-]* +\| (?:\x1b\[0m)?`,
)

const pod = String.raw`\[pod/[^ \]]+\] `

const kubectl = prefixWrapping(
  {
    name: 'kubectl',
    title: 'kubectl logs with --prefix',
    example: (line) => `[pod/web-5d4f7/nginx] ${line}`,
  },
  pod,
)

/** Before `kubectl`: a format's own time is part of no wrapping, and a time before a line part of no format. */
const kubectlTimestamps = prefixWrapping(
  {
    name: 'kubectl_timestamps',
    title: 'kubectl logs with --prefix and --timestamps',
    example: (line) => `[pod/web-5d4f7/nginx] 2026-09-01T00:00:01.123456789Z ${line}`,
  },
  `${pod}${isoTime} `,
)

const timestamps = prefixWrapping(
  {
    name: 'timestamps',
    title: 'docker logs and kubectl logs with --timestamps',
    example: (line) => `2026-09-01T00:00:01.123456789Z ${line}`,
  },
  `${isoTime} `,
)

/** Every known wrapping, the most particular first. */
export const wrappings: readonly Wrapping[] = [
  syslog,
  cri,
  dockerJson,
  journaldJson,
  compose,
  kubectlTimestamps,
  kubectl,
  timestamps,
]
