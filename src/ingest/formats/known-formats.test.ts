import { describe, expect, it } from 'vitest'
import { logFormats } from './known-formats.ts'
import { recogniseFormat } from './recognise.ts'

describe('recognition', () => {
  it.each(logFormats.map(({ name, example }) => ({ name, example })))(
    'takes its own format for $name’s example, and for a log of it among some rubbish',
    ({ name, example }) => {
      expect(recogniseFormat(logFormats, Buffer.from(`${example}\n`), true)?.name).toBe(name)
      const log = `rubbish\n${`${example}\n`.repeat(5)}more rubbish\n{"x":1}\n`
      expect(recogniseFormat(logFormats, Buffer.from(log), true)?.name).toBe(name)
    },
  )

  it('has one format for each example of JSON, and no other matches it', () => {
    const json = logFormats.filter(({ example }) => example.startsWith('{'))
    for (const { name, example } of json) {
      const matching = logFormats.filter(({ recognises }) => recognises.test(example)).map((format) => format.name)
      expect(matching).toEqual([name])
    }
  })

  it('takes JSON with blanks between its parts alike', () => {
    for (const { name, example } of logFormats.filter((format) => format.example.startsWith('{'))) {
      for (const line of [example.replaceAll('":', '": '), example.replaceAll(/[{}:,](?=")/g, ' $& ')])
        expect(recogniseFormat(logFormats, Buffer.from(`${line}\n`), true)?.name).toBe(name)
    }
  })

  it.each(['combined', 'combined_vhost', 'common', 'common_vhost'])(
    'takes a line of %s alone whose user has blanks in the name, but not behind a prefix',
    (name) => {
      const line =
        logFormats.find((format) => format.name === name)?.example.replace(' - - [', ' - John [x] Doe [') ?? ''
      const nameOf = (text: string) => recogniseFormat(logFormats, Buffer.from(`${text}\n`), true)?.name
      expect(nameOf(line)).toBe(name)
      expect(nameOf(`Sep  1 08:00:01 web1 nginx: ${line}`)).toBe(`syslog+${name}`)
      expect(nameOf(`10:00:01 web1 ${line}`)).toBeUndefined()
    },
  )

  it('has none for JSON of another kind', () => {
    expect(recogniseFormat(logFormats, Buffer.from('{"msg":"hello","time":1}\n'), true)).toBeNull()
  })
})
