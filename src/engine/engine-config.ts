import { join } from 'node:path'

/** What an engine host is started with. The directory is its alone; the password guards its loopback port. */
export type EngineSettings = {
  directory: string
  user: string
  password: string
  /** Memory of all queries together, bytes. */
  memoryBytesMax: number
  /** What of the disk is left free: nothing is written that would not leave it, bytes. */
  keepFreeBytes: number
}

/** Names in the engine's directory. */
export const enginePaths = (directory: string) => ({
  config: join(directory, 'config.xml'),
  users: join(directory, 'users.xml'),
  password: join(directory, 'password'),
  store: join(directory, 'store'),
  temporary: join(directory, 'tmp'),
  log: join(directory, 'engine.log'),
})

/**
 * The server's configuration. That parts are on disk before an insert is answered is a setting of the tables, which a
 * server by URL has too (warehouse/migrations).
 * `user_files_path` is the root because `ingest` hands over paths; only our own user, with a random password on
 * loopback, can name one.
 */
export const configXml = (settings: EngineSettings) => {
  const paths = enginePaths(settings.directory)
  return `<clickhouse>
  <users_config>${escapeXml(paths.users)}</users_config>
  <tmp_path>${escapeXml(paths.temporary)}/</tmp_path>
  <user_files_path>/</user_files_path>
  <max_server_memory_usage>${settings.memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
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

/**
 * Two users. `default` is what the engine's own local session runs as; anybody on loopback could be it, so it may open
 * the listener and nothing else. Ours has the password.
 */
export const usersXml = (settings: EngineSettings, passwordSha256: string) => `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants>
    </default>
    <${settings.user}>
      <password_sha256_hex>${passwordSha256}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </${settings.user}>
  </users>
</clickhouse>
`

/** Keeps the session of the local engine busy for good, so that the listener it opened stays. */
const holdOpenSql =
  'SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM numbers(1000000000000) ' +
  'SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null'

/** Command line of the engine's local mode. */
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
