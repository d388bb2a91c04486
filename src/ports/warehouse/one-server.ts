import type { ClickHouseAddress } from './address.ts'
import { openClickHouse } from './clickhouse.ts'
import { sqlFile } from './sql-file.ts'
import { type Warehouse, WarehouseRefused } from './warehouse.ts'

const serverIdentity = sqlFile(import.meta.url, './server-identity.sql')
const serverName = sqlFile(import.meta.url, './server-name.sql')
const clusterSigns = sqlFile(import.meta.url, './cluster-signs.sql')

/**
 * Number of connections opened at once: a balancer that chooses randomly between two servers sends all of them to one
 * in 1 of 32,768 cases.
 */
const connectionCount = 16

/**
 * The reason why an address is not that of one ClickHouse server, as a clause; null: no reason found. A balancer that
 * sends one client always to one server shows only by that server's view of others, or not at all.
 * @throws WarehouseUnavailable when it does not answer
 */
export async function severalServersBehind(address: ClickHouseAddress): Promise<string | null> {
  const connections = Array.from({ length: connectionCount }, () => openClickHouse(address))
  try {
    const identities = await Promise.all(connections.map(identityOf))
    const count = new Set(identities).size
    if (count > 1) return `${connectionCount} connections to it reached ${count} servers`
    const [first] = connections
    return first ? await signOfCluster(first) : null
  } finally {
    await Promise.all(connections.map((connection) => connection.close()))
  }
}

async function identityOf(connection: Warehouse): Promise<string> {
  const rows = await connection.rows<{ identity: string }>(serverIdentity).catch((error: unknown) => {
    if (isAccessDenied(error)) return connection.rows<{ identity: string }>(serverName)
    throw error
  })
  return rows[0]?.identity ?? ''
}

/** Also null where Fluxport's user may not read the system tables: then nothing is known. */
async function signOfCluster(connection: Warehouse): Promise<string | null> {
  const signs = await connection.rows<{ sign: string }>(clusterSigns).catch((error: unknown) => {
    if (isAccessDenied(error)) return []
    throw error
  })
  return signs[0]?.sign ?? null
}

const isAccessDenied = (error: unknown) => error instanceof WarehouseRefused && error.code === 497
