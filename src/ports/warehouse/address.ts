/** Where the server is. The engine host and a server by URL are the same thing here. */
export type ClickHouseAddress = {
  url: string
  user: string
  password: string
  database: string
  /** True when the server may open the paths that we hand it: the engine host on our own machine. */
  readsLocalFiles: boolean
  /** The only directories that it opens them in, links resolved; without, or null, anywhere. */
  readableDirectories?: readonly string[] | null
  /** What every request has with it besides; the embedded engine answers none without. */
  headers?: Readonly<Record<string, string>>
  /** The server's named collection that dictionaries read with; without it, they are given user and password. */
  dictionaryCollection?: string
  /** Statements at once; others wait for them. */
  connectionsMax?: number
}
