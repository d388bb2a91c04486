import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../../test/harness/directory.ts'
import { ConfigError } from '../../../errors.ts'
import { logFormats } from '../known-formats.ts'
import { recogniseFormat } from '../recognise.ts'
import { allFormats } from './user-formats.ts'

async function formatsOf(content: unknown) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'formats.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return await allFormats(path)
}

const refusal = async (content: unknown) => {
  const error = await formatsOf(content).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConfigError)
  return (error as Error).message
}

const combined = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'

describe('formats of one’s own', () => {
  it('come before those that are known, and are recognised', async () => {
    const formats = await formatsOf([
      { name: 'piped', nginx: `$msec|$host|$remote_addr|$request|$status|$${'{bytes_sent}'}` },
      { name: 'web', apache: '%v %h %t "%r" %>s %O' },
      { name: 'app', json: { time: 'ts', target: 'u', status: 's', bytes: ['b', 'n'] } },
    ])
    expect(formats.map(({ name }) => name)).toEqual(['piped', 'web', 'app', ...logFormats.map(({ name }) => name)])
    const recognised = (line: string) => recogniseFormat(formats, Buffer.from(`${line}\n`), true)?.name
    expect(recognised('1788220801.004|a.test|198.51.100.7|GET / HTTP/1.1|200|1')).toBe('piped')
    expect(recognised('a.test 198.51.100.7 [01/Sep/2026:08:00:01 +0800] "GET / HTTP/1.1" 200 1')).toBe('web')
    expect(recognised('{"ts":1,"u":"/","s":200,"n":1}')).toBe('app')
  })

  it('take the place of a known one of their name', async () => {
    const formats = await formatsOf([{ name: 'combined', nginx: combined }])
    expect(formats.filter(({ name }) => name === 'combined')).toHaveLength(1)
    expect(formats[0]).toMatchObject({ name: 'combined', isOwn: true })
  })

  it('may name variables of one’s own to pass over', async () => {
    const [format] = await formatsOf([{ name: 'own', nginx: `${combined} $mine`, ignore: ['mine'] }])
    expect(format?.recognises.test('198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET / HTTP/1.1" 200 1 x')).toBe(true)
  })

  it.each([
    [`${combined} $mine`, /format own: \$mine is no variable of nginx/],
    [`${combined} $`, /"\$" names no variable/],
    ['$remote_addr [$time_local] "$request" $status', /nothing in it is the bytes of a request/],
    ['$remote_addr $status $bytes_sent', /the time, the request, target or path/],
    [`${combined}$host`, /\$body_bytes_sent\$host: nothing stands between them/],
    ['{"t":"$msec","s":$status', /begins like JSON and is none/],
    ['$time_iso8601 $remote_addr $content_type $status $bytes_sent $request', /\$status stands between \$content_type/],
    [Array(101).fill('$status').join('|'), /more than 200 fields and texts/],
    [`log_format x escape=none '${combined}';`, /with escape=none a client can write fields of its own/],
    [
      '$msec|$host|$remote_addr|$uri|$status|$bytes_sent|$http_user_agent',
      /\$status stands between \$uri and \$http_user_agent/,
    ],
    [
      '$http_referer $remote_addr [$time_local] $request_uri $status $body_bytes_sent',
      /\$remote_addr stands between \$http_referer/,
    ],
    ['{"t":"$msec","s":$status,"b":$bytes_sent,"x":"$mine","u":"$uri"}', /\$mine is no variable/],
  ])('are refused with the token of an nginx log_format that is not understood: %s', async (nginx, expected) => {
    expect(await refusal([{ name: 'own', nginx }])).toMatch(expected)
  })

  it.each([
    ['%h %t "%r" %>s %b %z', /%z is not a directive/],
    ['%h %{%d/%b/%Y}t "%r" %>s %b', /%\{%d\/%b\/%Y\}t is not a directive/],
    ['%h %t "%r" %>s %b %', /"%" is no directive/],
    ['%h "%r" %>s %b', /nothing in it is the time/],
    ['%h%t "%r" %>s %b%O', /%b%O: nothing stands between/],
  ])('are refused with the directive of an Apache LogFormat that is not understood: %s', async (apache, expected) => {
    expect(await refusal([{ name: 'own', apache }])).toMatch(expected)
  })

  it.each([
    [{ tine: 'ts' }, /"tine" is not one of time, date, time_of_day, host/],
    [{ time: 'ts', status: 's', bytes: 'b' }, /request, target or path/],
    [{ time: 'a..b' }, /time: "a\.\.b" is not a path/],
    [{ time: 7 }, /time: 7 is not a path/],
    [{ time: 't', status: 's', bytes: 'b', path: 'b.c' }, /b is both a text and an object/],
    ['ts', /"json" is not an object/],
    [{ time: Array(21).fill('a').join('.') }, /more than 20 names/],
    [{ time: 'a'.repeat(501) }, /or 500 characters/],
  ])('are refused with the part of a JSON mapping that is not understood: %j', async (json, expected) => {
    expect(await refusal([{ name: 'own', json }])).toMatch(expected)
  })

  it.each([
    ['[', /the file is not JSON/],
    ['{}', /not an array/],
    [[{ nginx: combined }], /entry 1: its name/],
    [[{ name: 'auto', nginx: combined }], /auto: the name is taken/],
    [[{ name: 'own' }], /own: it needs one of nginx, apache and json/],
    [[{ name: 'own', nginx: combined, apache: '%h' }], /own: it needs one of/],
    [[{ name: 'own', nginx: combined, zone: 'x' }], /"zone" is not one of name/],
    [[{ name: 'own', nginx: 5 }], /its nginx is not text/],
    [[{ name: 'own', nginx: combined, ignore: 'x' }], /ignore is not a list/],
    [[1, 2].map(() => ({ name: 'own', nginx: combined })), /own stands there twice/],
  ])('are refused in a file like %j', async (content, expected) => {
    expect(await refusal(content)).toMatch(expected)
  })

  it('are refused when their file is not there', async () => {
    await expect(allFormats('/nowhere/formats.json')).rejects.toThrow('--formats (FLUXPORT_FORMATS): the file cannot')
  })
})
