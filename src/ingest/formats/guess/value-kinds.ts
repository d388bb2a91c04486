/** Kinds of values in a log, known by their form; each takes all values of a field in a sample. */

const all = (pattern: RegExp) => (values: readonly string[]) => {
  const stated = values.filter((value) => value !== '' && value !== '-')
  return stated.length > 0 && stated.every((value) => pattern.test(value))
}

const address = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%\w+)?\]?)(?::\d+)?`

export const isClfTime = all(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/)
export const isRfc3339 = all(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/)
export const isUnixTime = all(/^1\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})?$/)
export const isDate = all(/^\d{4}-\d\d-\d\d$/)
export const isTimeOfDay = all(/^\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$/)
export const isAddress = all(new RegExp(`^${address}$`))
export const isAddressList = all(new RegExp(`^${address}(?:, ?${address})*$`))
export const isHostName = all(/^(?=[^ ]*[A-Za-z])[\w-]+(?:\.[\w-]+)+\.?(?::\d+)?$/)
export const isRequest = all(/^[A-Z]+ \S[^"]* HTTP\/[\d.]+$/)
export const isMethod = all(/^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PROPFIND)$/)
export const isPath = all(/^\//)
export const isUrl = all(/^https?:\/\//)
export const isPathOrUrl = all(/^(\/|https?:\/\/)/)
export const isStatus = all(/^[1-5]\d\d$/)
export const isWhole = all(/^\d+$/)
export const isFraction = all(/^\d+\.\d+$/)
export const isNumber = all(/^\d+(?:\.\d+)?$/)
export const isWithUnit = all(/^\d+(?:\.\d+)? ?(?:ns|us|µs|ms|s|m|h)$/)
export const isCacheWord = all(/^(hit|miss|expired|bypass|stale|updating|revalidated|pass|dynamic|(tcp|udp)_\w+)\b/i)
export const isAgent = all(/\w+\/[\d.]+|Mozilla|bot\b/i)
