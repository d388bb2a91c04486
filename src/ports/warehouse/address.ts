/** Address of a ClickHouse server. The engine host and a server by URL look alike here. */
export type ClickHouseAddress = {
  url: string
  user: string
  password: string
  database: string
  /** True when the server may open paths that it is given: the engine host on this machine. */
  readsLocalFiles: boolean
  /** The only directories in which it opens paths, links resolved; omitted or null: anywhere. */
  readableDirectories?: readonly string[] | null
  /** Headers of every request; the embedded engine answers none without them. */
  headers?: Readonly<Record<string, string>>
  /** The server's named collection for reading dictionaries; without it, dictionaries are given user and password. */
  dictionaryCollection?: string
  /** Most concurrent statements; others wait. */
  connectionsMax?: number
}
