import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { sqlFile } from '../sql-file.ts'
import { type EngineAccess, engineUser, newSecret, secretHeaderName } from './engine-access.ts'

/** Settings of an engine host. The directory is its own; the credentials in `access` protect its loopback port. */
export type EngineSettings = {
  directory: string
  access: EngineAccess
  /** Bound on the memory of all queries together, bytes. */
  memoryBytesMax: number
  /** Bytes of the disk to keep free: the engine refuses writes that would use them. */
  keepFreeBytes: number
}

/** Paths in the engine's directory. */
export const enginePaths = (directory: string) => ({
  config: join(directory, 'config.xml'),
  users: join(directory, 'users.xml'),
  access: join(directory, 'access.json'),
  store: join(directory, 'store'),
  temporary: join(directory, 'tmp'),
  log: join(directory, 'engine.log'),
})

/**
 * Dictionaries name this collection instead of a user and a password, so no SQL holds them
 * (warehouse/dictionary-sql.ts).
 */
export const dictionaryCollection = 'fluxport_dictionaries'
const dictionaryUser = 'fluxport_dictionaries'

/**
 * The server's configuration. Durability of parts is a setting of the tables, which a server by URL has too
 * (warehouse/migrations).
 * Its only rule for requests demands the secret header; every other request is answered with 404, whatever its path.
 */
const configXml = (settings: EngineSettings, dictionaryPassword: string) => {
  const paths = enginePaths(settings.directory)
  return `<clickhouse>
  <users_config>${escapeXml(paths.users)}</users_config>
  <tmp_path>${escapeXml(paths.temporary)}/</tmp_path>
  <http_handlers><rule>
    <headers><${secretHeaderName}>${settings.access.headers[secretHeaderName]}</${secretHeaderName}></headers>
    <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
  </rule></http_handlers>
  <named_collections><${dictionaryCollection}>
    <user>${dictionaryUser}</user>
    <password>${dictionaryPassword}</password>
  </${dictionaryCollection}></named_collections>
  <!-- Empty: no address is one that a statement may fetch from. -->
  <remote_url_allow_hosts></remote_url_allow_hosts>
  <max_server_memory_usage>${settings.memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <!-- Measures its own memory once a second; every 50 ms, the default, was most of an idle engine's work. -->
  <memory_worker_period_ms>1000</memory_worker_period_ms>
  <storage_configuration><disks><default>
    <keep_free_space_bytes>${settings.keepFreeBytes}</keep_free_space_bytes>
  </default></disks></storage_configuration>
  <merge_tree>
    <!-- A mutation that failed, on a full disk say, is tried again soon after there is room; the default is up to 5 minutes. -->
    <max_postpone_time_for_failed_mutations_ms>2000</max_postpone_time_for_failed_mutations_ms>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`
}

/** Rights of Fluxport's user: none over users and roles, no source but log files, and no table engine but MergeTree. */
const ourGrants = [
  'GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE DICTIONARY, CREATE TEMPORARY TABLE, DROP, TRUNCATE, ' +
    'OPTIMIZE, SHOW, KILL QUERY, dictGet, SYSTEM MERGES ON *.*',
  'GRANT TABLE ENGINE ON MergeTree',
  'GRANT READ ON FILE',
  `GRANT NAMED COLLECTION ON ${dictionaryCollection}`,
]

/**
 * Three users. `default`, without a password, runs the engine's own local session: it may open the listener and nothing
 * else. Fluxport's user has the rights that a server needs. The dictionaries' user reads tables.
 */
const usersXml = (settings: EngineSettings, dictionaryPassword: string) => `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      ${grantsXml(['GRANT SYSTEM LISTEN ON *.*'])}
    </default>
    ${userXml(engineUser, settings.access.password, ourGrants)}
    ${userXml(dictionaryUser, dictionaryPassword, ['GRANT SELECT ON *.*'])}
  </users>
</clickhouse>
`

const userXml = (name: string, password: string, grants: readonly string[]) => `<${name}>
      <password_sha256_hex>${createHash('sha256').update(password).digest('hex')}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      ${grantsXml(grants)}
    </${name}>`

const grantsXml = (grants: readonly string[]) =>
  `<grants>${grants.map((grant) => `<query>${grant}</query>`).join('')}</grants>`

/** The texts of config.xml and users.xml. Only these two hold the dictionaries' password, which is new each time. */
export function engineConfiguration(settings: EngineSettings): { config: string; users: string } {
  const dictionaryPassword = newSecret()
  return { config: configXml(settings, dictionaryPassword), users: usersXml(settings, dictionaryPassword) }
}

/** Keeps the local engine's session busy for ever, so that the listener it opened stays. */
const holdOpenSql = sqlFile(import.meta.url, './hold-open.sql')

/** The command line of the engine's local mode. */
export const engineArguments = (directory: string, port: number): string[] => {
  const paths = enginePaths(directory)
  return [
    'clickhouse',
    '--config-file',
    paths.config,
    '--path',
    paths.store,
    '--listen_host=127.0.0.1',
    `--http_port=${port}`,
    '--query',
    holdOpenSql,
  ]
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
