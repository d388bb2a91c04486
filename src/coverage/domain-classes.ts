import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'

const domainClassesSql = sqlFile(import.meta.url, './domain-classes.sql')

/**
 * Domains of a question in classes: a file of any domain tells of all of a class or of none, as its key might deliver all
 * of them or none. Where no key has a limit, there is one class.
 */
export type DomainClasses = {
  classOf: (domain: string) => number
  /** For statements with `classesSql` in them. */
  parameters: Parameters
}

/** The class of domains that only keys without a limit might deliver. */
const unlimitedClass = 1

type ClassRow = { domains: string[]; sets: string[] }

/** Reads the classes of a question's domains. @param accountIds whose loads tell of them */
export async function readDomainClasses(
  rows: <Row>(sql: string, parameters: Parameters) => Promise<Row[]>,
  accountIds: string[],
  domains: string[],
): Promise<DomainClasses> {
  const found = await rows<ClassRow>(domainClassesSql, { accountIds, domains })
  const classes = found.map((row, n) => ({ ...row, number: unlimitedClass + 1 + n }))
  const byDomain = new Map(classes.flatMap((one) => one.domains.map((domain) => [domain, one.number] as const)))
  const bySet = new Map<string, number[]>()
  for (const { sets, number } of classes) {
    for (const set of sets) bySet.set(set, [...(bySet.get(set) ?? []), number])
  }
  return {
    classOf: (domain) => byDomain.get(domain) ?? unlimitedClass,
    parameters: {
      allClasses: [unlimitedClass, ...classes.map((one) => one.number)],
      setIds: [...bySet.keys()],
      setClasses: [...bySet.values()],
    },
  }
}

/** Of a row of load_span: the classes that its key might deliver. */
export const classesSql = `if(allowed_set = '', {allClasses:Array(UInt32)},
    {setClasses:Array(Array(UInt32))}[indexOf({setIds:Array(String)}, allowed_set)])`

/** Of a row of load_span: whether its key might deliver the domain that its file is of. */
export const mayDeliverSql = `(allowed_set = '' OR (allowed_set, file_domain) IN (
    SELECT set_id, domain FROM allowed_set
    WHERE account_id IN {accountIds:Array(String)} AND domain IN {domains:Array(String)}))`
