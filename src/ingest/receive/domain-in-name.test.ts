import { describe, expect, it } from 'vitest'
import { domainInName } from './domain-in-name.ts'

describe('a domain in a file’s name', () => {
  it.each([
    ['{domain}-access.log*', 'www.Example.test-access.log.1.gz', 'www.example.test'],
    ['{domain}-access.log*', 'vhosts/a-b.test-access.log', 'a-b.test'],
    ['{domain}/access.log', 'logs/a.test/access.log', 'a.test'],
    ['access_*_{domain}.log', 'access_2026_a.test.log', 'a.test'],
    ['{domain}.log', 'a.test.log', 'a.test'],
    ['{domain}-access.log', 'access.log', null],
    ['{domain}-access.log', '-.-access.log', null],
    ['{domain}.log', 'a.test.log.gz', null],
    ['{domain}{1,99}', `${'a'.repeat(60)}!`, null],
    ['{domain}a{2,1}', 'a.testa{2,1}', 'a.test'],
    ['*a*{domain}b', 'a'.repeat(255), null],
  ])('by %s is that of %s', (pattern, name, domain) => {
    expect(domainInName(pattern, name)).toBe(domain)
  })

  it.each(['access.log', '{domain}-{domain}', '*-*-*-{domain}'])('is not asked for by %s', (pattern) => {
    expect(() => domainInName(pattern, 'a')).toThrow('domain_in_name')
  })
})
