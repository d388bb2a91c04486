import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'

const domainClassesSql = sqlFile(import.meta.url, './domain-classes.sql')

/**
 * Classes of a question's domains: a key might deliver all domains of a class or none. So a file of any domain reports
 * on all of a class or on none. Without limited keys there is one class.
 */
export type DomainClasses = {
  classOf: (domain: string) => number
  /** Parameters of statements that contain `classesSql`. */
  parameters: Parameters
}

/** The class of domains that only unlimited keys might deliver. */
const unlimitedClass = 1

type ClassRow = { domains: string[]; sets: string[] }

/** Reads the classes of a question's domains. @param accountIds the accounts whose loads report on them */
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

/** SQL over a row of load_span: the classes that its key might deliver. */
export const classesSql = `if(allowed_set = '', {allClasses:Array(UInt32)},
    {setClasses:Array(Array(UInt32))}[indexOf({setIds:Array(String)}, allowed_set)])`

/** SQL over a row of load_span: true if its key might deliver the domain of its file. */
export const mayDeliverSql = `(allowed_set = '' OR (allowed_set, file_domain) IN (
    SELECT set_id, domain FROM allowed_set
    WHERE account_id IN {accountIds:Array(String)} AND domain IN {domains:Array(String)}))`
