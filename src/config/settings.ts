import type { Config } from './config.ts'

/** The configuration without what opens a part: the master key, and addresses that may have a password in them. */
export type Settings = Omit<Config, 'masterKey' | 'databaseUrl' | 'clickhouseUrl'>

export function settingsOf(config: Config): Settings {
  const { masterKey, databaseUrl, clickhouseUrl, ...settings } = config
  return settings
}
